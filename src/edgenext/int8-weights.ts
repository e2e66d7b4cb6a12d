import { type InputMoments, type QuantizedLinear, quantizeWithFeedback } from './error-feedback.js';
import type { Linear, Network } from './network.js';
import { layersOf } from './precision.js';
import { smoothInputs } from './smoothing.js';

/** What int8 graphs are written from. */
export interface Int8Weights {
  /** The same network in real numbers, easier to quantize. */
  readonly network: Network;
  readonly quantized: ReadonlyMap<string, QuantizedLinear>;
}

/** Larger layers are only rounded: the work grows with the third power (a quarter of a minute at 2336). */
const INPUTS_AT_MOST = 1300;

/** Whether the moments of a layer's inputs are worth measuring. */
export function wantsMoments(network: Network): (layer: Linear) => boolean {
  const kinds = new Map(layersOf(network).map(({ name, kind }) => [name, kind]));
  return ({ name, inputs }) => {
    const kind = kinds.get(name);
    return kind !== undefined && kind !== 'stem' && kind !== 'head' && inputs <= INPUTS_AT_MOST;
  };
}

/** Smooths the inputs of the linear layers, then quantizes their weights with feedback. */
export function findInt8Weights(network: Network, measured: ReadonlyMap<string, InputMoments>): Int8Weights {
  const { network: smoothed, moments } = smoothInputs(network, measured);
  const quantized = new Map<string, QuantizedLinear>();
  for (const layer of linearsOf(smoothed)) {
    const known = moments.get(layer.name);
    if (known) quantized.set(layer.name, quantizeWithFeedback(layer, known));
  }
  return { network: smoothed, quantized };
}

function linearsOf({ stages }: Network): Linear[] {
  return stages.flatMap(({ downsample, blocks }) => [
    ...(downsample ? [downsample.linear] : []),
    ...blocks.flatMap((block) => [
      ...(block.kind === 'attention' ? [block.qkv, block.project] : []),
      block.mlp.expand,
      block.mlp.project,
    ]),
  ]);
}
