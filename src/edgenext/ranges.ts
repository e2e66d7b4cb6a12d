import { convolutionsOf, type Network } from './network.js';

/** The largest magnitude of every channel of a layer's input and output, as calibration saw it. */
export interface ChannelRanges {
  readonly input: Float32Array;
  readonly output: Float32Array;
}

/** By layer name. */
export type Ranges = ReadonlyMap<string, ChannelRanges>;

/** The ranges from the calibration graph's answer (or from several answers, combined element by element). */
export function rangesFrom(network: Network, answer: Float32Array): Ranges {
  const ranges = new Map<string, ChannelRanges>();
  let at = 0;
  const take = (count: number) => {
    at += count;
    return answer.slice(at - count, at);
  };
  for (const { name, inputs, outputs } of convolutionsOf(network))
    ranges.set(name, { input: take(inputs), output: take(outputs) });
  return ranges;
}
