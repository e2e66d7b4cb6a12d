import { CLIP_PERCENTILE, type Clip, clipAtPercentile, clipByError } from './clip.js';
import type { PeakStatistics } from './ranges.js';

/** A way to choose the ranges of activations. Each chooses by channel; where a tensor has one scale, its widest channel's holds. */
export interface RangeMethod {
  readonly id: string;
  /** In words, for whoever reads the ranges. */
  readonly rule: string;
  readonly peaks: (statistics: PeakStatistics) => Float32Array;
  /** Needs a second look at the pictures, for the distribution below the peaks. */
  readonly clip: Clip | null;
}

/** The first is what to take unless told: docs/graphs.md has the figures. */
export const RANGE_METHODS: readonly [RangeMethod, ...RangeMethod[]] = [
  {
    id: 'headroom',
    rule: 'largest magnitude of every channel; at least mean + 4 standard deviations over the pictures',
    peaks: (statistics) => statistics.withHeadroom(),
    clip: null,
  },
  {
    id: 'min-max',
    rule: 'largest magnitude of every channel',
    peaks: (statistics) => statistics.largest(),
    clip: null,
  },
  {
    id: 'percentile',
    rule: `what ${CLIP_PERCENTILE * 100} % of the magnitudes of every channel lie below`,
    peaks: (statistics) => statistics.largest(),
    clip: clipAtPercentile,
  },
  {
    id: 'mse',
    rule: 'of every channel, the range whose int8 steps have the least squared error',
    peaks: (statistics) => statistics.largest(),
    clip: clipByError,
  },
];
