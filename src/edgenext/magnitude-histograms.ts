import type { ObservedMap } from './calibration-graph.js';

/** Of the magnitudes of every channel, from 0 to its peak. */
export interface MagnitudeHistograms {
  readonly peaks: Float32Array;
  /** Takes one answer of the map graph: the maps one after the other, channels last. */
  add(maps: readonly ObservedMap[], values: Float32Array): void;
  /** Values in each of `BINS` equal bins. Valid until the next `add`. */
  counts(channel: number): Uint32Array;
}

/** Eight or so a step of int8: finer than what is chosen by them. */
export const BINS = 1024;

/** `peaks`: the largest magnitude of every channel, known from a pass before; what lies above counts as the peak. */
export function createMagnitudeHistograms(peaks: Float32Array): MagnitudeHistograms {
  const bins = new Uint32Array(peaks.length * BINS);
  const perUnit = Float64Array.from(peaks, (peak) => (peak > 0 ? BINS / peak : 0));
  return {
    peaks,
    add(maps, values) {
      let [at, first] = [0, 0];
      for (const { tokens, channels } of maps) {
        for (let token = 0; token < tokens; token++) {
          for (let channel = first; channel < first + channels; channel++) {
            const bin = Math.min(BINS - 1, Math.floor(Math.abs(values[at++]!) * perUnit[channel]!));
            const place = channel * BINS + bin;
            bins[place] = bins[place]! + 1;
          }
        }
        first += channels;
      }
    },
    counts: (channel) => bins.subarray(channel * BINS, (channel + 1) * BINS),
  };
}
