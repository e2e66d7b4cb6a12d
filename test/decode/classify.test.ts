import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from '../../src/decode/classify.js';

const labels = ['cat', 'dog', 'bus', 'car', 'cup', 'pen', 'hat'];
const logitsOf = fc.array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 2, maxLength: 7 });

describe('classify', () => {
  it('names the best five, best first, as probabilities', () => {
    const { top, margin } = classify(Float32Array.of(0, 3, 1, -2, 2, -5, -9), labels);
    expect(top.map(({ classId }) => classId)).toEqual(['dog', 'cup', 'bus', 'cat', 'car']);
    expect(top[0]?.score).toBeCloseTo(20.0855 / 31.335, 3);
    expect(margin).toBeCloseTo((top[0]?.score ?? 0) - (top[1]?.score ?? 0), 12);
  });

  it('does not overflow on large logits', () => {
    const { top } = classify(Float32Array.of(1000, 999), labels);
    expect(top[0]).toEqual({ classId: 'cat', score: expect.closeTo(0.7311, 3) });
  });

  it('takes the lower index of equal scores', () => {
    expect(classify(Float32Array.of(1, 1), labels).top.map(({ classId }) => classId)).toEqual(['cat', 'dog']);
  });

  it('agrees with a plain softmax and a full sort', () => {
    fc.assert(
      fc.property(logitsOf, (values) => {
        const logits = Float32Array.from(values);
        const weights = [...logits].map((value) => Math.exp(value - Math.max(...logits)));
        const sum = weights.reduce((a, b) => a + b, 0);
        const expected = weights.map((weight) => weight / sum).sort((a, b) => b - a);
        const { top } = classify(logits, labels);
        expect(top).toHaveLength(Math.min(5, values.length));
        top.forEach(({ score }, index) => {
          expect(score).toBeCloseTo(expected[index]!, 6);
        });
      }),
    );
  });
});
