import { BINS, type MagnitudeHistograms } from './magnitude-histograms.js';

/** Where to cut off what is rare: a range a channel, at most its peak. Pure, so the same histograms give the same bits. */
export type Clip = (histograms: MagnitudeHistograms) => Float32Array;

/** Share of a channel's values that is not clipped. */
export const CLIP_PERCENTILE = 0.9999;

/** The upper end of the bin that the percentile lies in. */
export const clipAtPercentile: Clip = (histograms) =>
  histograms.peaks.map((peak, channel) => {
    const counts = histograms.counts(channel);
    const wanted = CLIP_PERCENTILE * counts.reduce((sum, count) => sum + count, 0);
    let [bin, reached] = [0, counts[0]!];
    while (reached < wanted && bin < BINS - 1) reached += counts[++bin]!;
    return (peak * (bin + 1)) / BINS;
  });

/** Ranges are tried from an eighth of the peak up to the peak. */
const [CLOSEST, EVERY] = [BINS / 8, BINS / 64];
const LARGEST_STEP = 127;

/** The range whose int8 steps come closest to the values, by squared error; of equals the widest. */
export const clipByError: Clip = (histograms) =>
  histograms.peaks.map((peak, channel) => {
    const counts = histograms.counts(channel);
    let [best, least] = [BINS, squaredError(counts, BINS)];
    for (let end = BINS - EVERY; end >= CLOSEST; end -= EVERY) {
      const error = squaredError(counts, end);
      if (error < least) [best, least] = [end, error];
    }
    return (peak * best) / BINS;
  });

/** Of values in the middle of their bins, in bins squared, when the range ends with bin `end`. */
function squaredError(counts: Uint32Array, end: number): number {
  const step = end / LARGEST_STEP;
  let sum = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const count = counts[bin]!;
    if (count === 0) continue;
    const middle = bin + 0.5;
    const error = middle - Math.min(Math.round(middle / step), LARGEST_STEP) * step;
    sum += count * error * error;
  }
  return sum;
}
