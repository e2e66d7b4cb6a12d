import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIP_PERCENTILE, clipAtPercentile, clipByError } from '../../src/edgenext/clip.js';
import { BINS, createMagnitudeHistograms } from '../../src/edgenext/magnitude-histograms.js';

const peakOf = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);

/** One channel of one map. */
function histogramsOf(values: readonly number[]) {
  const histograms = createMagnitudeHistograms(Float32Array.of(peakOf(values)));
  histograms.add([{ tokens: values.length, channels: 1 }], Float32Array.from(values));
  return histograms;
}

/** Fixed, and like activations: many small, few large. */
const bell = (count: number) =>
  Array.from({ length: count }, (_, at) => Math.log((at + 0.5) / (count - at - 0.5)) * (at % 2 === 0 ? 1 : -1));

const SAMPLES: readonly (readonly [string, readonly number[]])[] = [
  ['evenly spread', Array.from({ length: 20_001 }, (_, at) => at / 10_000 - 1)],
  ['bell-shaped', bell(30_000)],
  ['bell-shaped with one far outlier', [...bell(30_000), 80]],
  ['few', [0.1, -0.5, 3]],
  ['all alike', [2, -2, 2]],
];

/** Mean squared error of int8 steps on the values themselves. */
function errorOf(values: readonly number[], range: number): number {
  const step = range / 127;
  return values.reduce((sum, value) => {
    const steps = Math.max(-127, Math.min(127, Math.round(value / step)));
    return sum + (value - steps * step) ** 2 / values.length;
  }, 0);
}

describe.each(SAMPLES)('of values that are %s', (_, values) => {
  const peak = peakOf(values);

  it('the percentile is that of the sorted magnitudes, to a bin', () => {
    const [found] = clipAtPercentile(histogramsOf(values));
    const sorted = values.map(Math.abs).sort((a, b) => a - b);
    const wanted = sorted[Math.ceil(CLIP_PERCENTILE * sorted.length) - 1]!;
    expect(found).toBeGreaterThanOrEqual(wanted * (1 - 1e-6));
    expect(found).toBeLessThanOrEqual((wanted + peak / BINS) * (1 + 1e-6));
  });

  it('the range of least error is as good as the best of a plain search', () => {
    const [found] = clipByError(histogramsOf(values));
    const tried = Array.from({ length: 400 }, (__, at) => errorOf(values, (peak * (at + 1)) / 400));
    expect(errorOf(values, found!)).toBeLessThanOrEqual(Math.min(...tried) * 1.05 + (peak / BINS) ** 2);
  });
});

it('clips an outlier that hurts the rest, and nothing where none does', () => {
  const [withOutlier] = clipByError(histogramsOf([...bell(300_000), 80]));
  expect(withOutlier).toBeLessThan(60);
  const even = SAMPLES[0]![1];
  expect(clipByError(histogramsOf(even))[0]).toBeCloseTo(1, 1);
});

it('keeps channels, maps and pictures apart', () => {
  const histograms = createMagnitudeHistograms(Float32Array.of(1, 10, 4, 0));
  const maps = [
    { tokens: 2, channels: 2 },
    { tokens: 1, channels: 2 },
  ];
  histograms.add(maps, Float32Array.of(1, -10, 0, 5, 2, 0));
  histograms.add(maps, Float32Array.of(0, 0, 0, 0, -4, 0));
  const filled = [0, 1, 2, 3].map((channel) => [...histograms.counts(channel).entries()].filter(([, n]) => n > 0));
  expect(filled).toEqual([
    [
      [0, 3],
      [BINS - 1, 1],
    ],
    [
      [0, 2],
      [BINS / 2, 1],
      [BINS - 1, 1],
    ],
    [
      [BINS / 2, 1],
      [BINS - 1, 1],
    ],
    [[0, 2]],
  ]);
  expect(clipAtPercentile(histograms)).toEqual(Float32Array.of(1, 10, 4, 0));
  expect(clipByError(histograms)[3]).toBe(0);
});

it('never reaches beyond the peak, nor to nothing', () => {
  const values = fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(values, (list) => {
      const histograms = histogramsOf(list);
      for (const clip of [clipAtPercentile, clipByError]) {
        const [range] = clip(histograms);
        expect(range).toBeLessThanOrEqual(Math.fround(peakOf(list)));
        if (peakOf(list) > 1e-30) expect(range).toBeGreaterThan(0);
      }
    }),
  );
});
