import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Agreement, cosine, Paired } from '../../src/evaluate/agreement.js';
import { Confusion } from '../../src/evaluate/confusion.js';
import { mcNemar } from '../../src/evaluate/mcnemar.js';
import { percentile } from '../../src/evaluate/percentile.js';
import { bestOf, rankOf } from '../../src/evaluate/ranking.js';
import { wilson } from '../../src/evaluate/wilson.js';

describe('the 95 % interval', () => {
  // Newcombe 1998, table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %d in %d is what Newcombe published', (count, of, low, high) => {
    const share = wilson(count, of);
    expect([share.low, share.high].map((end) => Number(end.toFixed(4)))).toEqual([low, high]);
    expect(share.value).toBe(count / of);
  });

  it('holds the share and stays between 0 and 1', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 1000 }), (part, of) => {
        const { value, low, high } = wilson(Math.min(part, of), of);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('McNemar', () => {
  it.each([
    // Fagerland, Lydersen and Laake 2013, airway hyper-responsiveness before and after transplantation.
    [1, 7, 0.0703, 0.0391],
    // Sums of binomial coefficients over 2 ** n, by hand.
    [6, 16, 0.0525, 0.0347],
    [0, 10, 0.002, 0.001],
    [5, 5, 1, 0.877],
    [0, 0, 1, 1],
  ])('with %d and %d', (onlyA, onlyB, exact, mid) => {
    const { exactP, midP } = mcNemar(onlyA, onlyB);
    expect(exactP).toBeCloseTo(exact, 4);
    expect(midP).toBeCloseTo(mid, 3);
  });

  it('does not care for the order, and survives many pictures', () => {
    expect(mcNemar(700, 800)).toEqual(mcNemar(800, 700));
    expect(mcNemar(700, 800).exactP).toBeGreaterThan(0.005);
    expect(mcNemar(700, 800).exactP).toBeLessThan(0.015);
  });
});

it('paired results count who alone was right', () => {
  const paired = new Paired();
  for (const [a, b] of [
    [true, true],
    [true, false],
    [false, true],
    [false, true],
    [false, false],
  ] as const)
    paired.add(a, b);
  expect(paired.summary()).toMatchObject({ onlyA: 1, onlyB: 2, exactP: 1 });
});

it('agreement has the same class, cosine and difference', () => {
  const agreement = new Agreement();
  agreement.add(Float32Array.of(3, 4), Float32Array.of(4, 3));
  agreement.add(Float32Array.of(1, 2), Float32Array.of(2, 4));
  const { same, meanCosine, lowestCosine, largestDifference } = agreement.summary();
  expect(same).toMatchObject({ count: 1, of: 2 });
  expect(meanCosine).toBeCloseTo((24 / 25 + 1) / 2, 6);
  expect(lowestCosine).toBeCloseTo(24 / 25, 6);
  expect(largestDifference).toBe(2);
});

it.each([
  [[0, 0], [0, 0], 1],
  [[0, 0], [1, 0], 0],
  [[1, 0], [-2, 0], -1],
])('the cosine of %j and %j is %d', (a, b, expected) => {
  expect(cosine(Float32Array.from(a), Float32Array.from(b))).toBe(expected);
});

it('ranks like a stable sort, largest first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 12 }), (numbers) => {
      const values = Float32Array.from(numbers);
      const sorted = numbers.map((_, index) => index).sort((a, b) => numbers[b]! - numbers[a]!);
      expect(numbers.map((_, index) => rankOf(values, index))).toEqual(
        numbers.map((_, index) => sorted.indexOf(index)),
      );
      expect(bestOf(values)).toBe(sorted[0]);
    }),
  );
});

it('confusion names the worst classes and the mistakes', () => {
  const confusion = new Confusion(['cat', 'dog', 'cow']);
  for (const [truth, said] of [
    [0, 0],
    [0, 1],
    [0, 1],
    [1, 1],
  ] as const)
    confusion.add(truth, said);
  expect(confusion.worst()).toEqual([
    { label: 'cat', right: 1, images: 3 },
    { label: 'dog', right: 1, images: 1 },
  ]);
  expect(confusion.mistakes()).toEqual([{ label: 'cat', takenFor: 'dog', images: 2 }]);
});

it.each([
  [[], 50, Number.NaN],
  [[3, 1, 2], 50, 2],
  [[3, 1, 2], 95, 3],
  [[1, 2, 3, 4], 50, 2],
])('the percentile of %j at %d is %d', (values, p, expected) => {
  expect(percentile(values, p)).toBe(expected);
});
