import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PrecisionTable } from '../../src/edgenext/precision.js';
import { keepFewest, meanDivergence } from '../../src/edgenext/sensitivity.js';

const costs = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('keepFewest', () => {
  it('keeps the most sensitive layers, and not one more than the bound asks for', async () => {
    await fc.assert(
      fc.asyncProperty(costs, fc.double({ min: 0, max: 5, noNaN: true }), async (divergences, bound) => {
        const layers = divergences.map((divergence, at) => ({ layer: `layer-${at}`, divergence }));
        const table: PrecisionTable = new Map(layers.map(({ layer }) => [layer, 'int8']));
        const total = (int8: PrecisionTable) =>
          layers.reduce((sum, { layer, divergence }) => sum + (int8.has(layer) ? divergence : 0), 0);
        const found = await keepFewest(table, layers, bound, (int8) => Promise.resolve(total(int8)));

        expect(found.divergence).toBeLessThanOrEqual(bound);
        expect(found.precisions.size + found.kept.length).toBe(layers.length);
        const cheapestKept = Math.min(
          ...layers.filter(({ layer }) => found.kept.includes(layer)).map((l) => l.divergence),
        );
        for (const { layer, divergence } of layers)
          if (found.precisions.has(layer)) expect(divergence).toBeLessThanOrEqual(cheapestKept);
        if (found.kept.length > 0) expect(found.divergence + cheapestKept).toBeGreaterThan(bound);
      }),
    );
  });

  it('keeps all where nothing is enough', async () => {
    const found = await keepFewest(new Map([['a', 'int8']]), [{ layer: 'a', divergence: 1 }], 0.1, () =>
      Promise.resolve(9),
    );
    expect(found).toMatchObject({ kept: ['a'], divergence: 9 });
  });
});

describe('meanDivergence', () => {
  it('is nothing for equal probabilities, whatever is added to all logits', () => {
    expect(meanDivergence([Float32Array.of(1, 2, 3)], [Float32Array.of(11, 12, 13)])).toBeCloseTo(0, 10);
  });

  it('is what the formula says', () => {
    const [p, q] = [Float32Array.of(Math.log(0.75), Math.log(0.25)), Float32Array.of(0, 0)];
    expect(meanDivergence([p], [q])).toBeCloseTo(0.75 * Math.log(1.5) + 0.25 * Math.log(0.5), 6);
  });
});
