import { convolutionsOf, type Network } from './network.js';

/** The largest magnitude that every channel of a layer's input and output is expected to have. */
export interface ChannelRanges {
  readonly input: Float32Array;
  readonly output: Float32Array;
}

/** By layer name. */
export type Ranges = ReadonlyMap<string, ChannelRanges>;

/** Takes the answers of the peak graph one by one, and makes a peak a channel of all of them, in the answer's order. */
export interface PeakStatistics {
  readonly images: number;
  add(peaks: Float32Array): void;
  /** The largest seen. */
  largest(): Float32Array;
  /** The largest seen, or farther, where the pictures' peaks differ much. */
  withHeadroom(): Float32Array;
}

/**
 * How far beyond the mean of the pictures' peaks a range reaches, in standard deviations, if the largest peak lies below:
 * what a few pictures show is less than what will be seen, and clipping costs many times more than a coarser step.
 */
const REACH = 4;

export function createPeakStatistics(network: Network): PeakStatistics {
  const count = channelsOf(network);
  const largest = new Float32Array(count);
  const sums = new Float64Array(count);
  const squares = new Float64Array(count);
  let images = 0;
  return {
    get images() {
      return images;
    },
    add(peaks) {
      images++;
      for (let at = 0; at < count; at++) {
        const peak = peaks[at]!;
        largest[at] = Math.max(largest[at]!, peak);
        sums[at] = sums[at]! + peak;
        squares[at] = squares[at]! + peak * peak;
      }
    },
    largest: () => largest.slice(),
    withHeadroom: () =>
      largest.map((peak, at) => {
        const mean = sums[at]! / images;
        const variance = Math.max(squares[at]! / images - mean * mean, 0);
        return Math.max(peak, mean + REACH * Math.sqrt(variance));
      }),
  };
}

/** Channels of inputs and outputs of all depth-wise convolutions. */
export const channelsOf = (network: Network): number =>
  convolutionsOf(network).reduce((sum, { inputs, outputs }) => sum + inputs + outputs, 0);

/** In the order of the calibration graphs' answers: by layer, input before output. */
export function rangesOf(network: Network, peaks: Float32Array): Ranges {
  const ranges = new Map<string, ChannelRanges>();
  let at = 0;
  const take = (count: number) => {
    at += count;
    return peaks.slice(at - count, at);
  };
  for (const { name, inputs, outputs } of convolutionsOf(network))
    ranges.set(name, { input: take(inputs), output: take(outputs) });
  return ranges;
}
