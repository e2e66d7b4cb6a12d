import type { InputMoments } from './error-feedback.js';
import { mapNorms } from './map-norms.js';
import type { LayerNorm, Linear, Network } from './network.js';

/**
 * Moves size from the inputs of a linear layer into its weights, channel by channel, so that the one scale that int8 has
 * for all inputs loses less (SmoothQuant, Xiao et al. 2022, arXiv 2211.10438). The norm before the layer takes the
 * factors: it costs nothing, and in real numbers nothing changes.
 */
const INPUT_SHARE = 0.6;

export interface Smoothed {
  readonly network: Network;
  /** Of the inputs as they are now. */
  readonly moments: ReadonlyMap<string, InputMoments>;
}

export function smoothInputs(network: Network, moments: ReadonlyMap<string, InputMoments>): Smoothed {
  const changed = new Map(moments);
  const smoothed = mapNorms(network, ({ norm, next }) => {
    const known = moments.get(next.name);
    if (norm?.kind !== 'affine' || !known) return { norm, next };
    const factors = smoothingFactors(next, known, norm.scale.length);
    changed.set(next.name, divided(known, factors));
    return { norm: dividedNorm(norm, factors), next: multiplied(next, factors) };
  });
  return { network: smoothed, moments: changed };
}

/** By how much each channel is divided: a weighted quotient of the size of its inputs and of its weights. */
function smoothingFactors(layer: Linear, { products }: InputMoments, channels: number): Float64Array {
  const { inputs, outputs } = layer;
  const sizes = new Float64Array(channels);
  const peaks = new Float64Array(channels);
  for (let input = 0; input < inputs; input++) {
    const channel = input % channels;
    sizes[channel] = sizes[channel]! + products[input * inputs + input]!;
    for (let output = 0; output < outputs; output++)
      peaks[channel] = Math.max(peaks[channel]!, Math.abs(layer.weight[input * outputs + output]!));
  }
  const factors = sizes.map((size, channel) => Math.sqrt(size) ** INPUT_SHARE / peaks[channel]! ** (1 - INPUT_SHARE));
  const usable = factors.filter((factor) => Number.isFinite(factor) && factor > 0);
  if (usable.length === 0) return factors.fill(1);
  const middle = Math.exp(usable.reduce((sum, factor) => sum + Math.log(factor), 0) / usable.length);
  // A channel without inputs or without weights takes part in nothing.
  return factors.map((factor) => (Number.isFinite(factor) && factor > 0 ? factor / middle : 1));
}

function dividedNorm(norm: Extract<LayerNorm, { kind: 'affine' }>, factors: Float64Array): LayerNorm {
  const over = (values: Float32Array) => values.map((value, channel) => value / factors[channel]!);
  return { kind: 'affine', scale: over(norm.scale), bias: norm.bias && over(norm.bias) };
}

function multiplied(layer: Linear, factors: Float64Array): Linear {
  const weight = layer.weight.map((value, at) => value * factors[Math.floor(at / layer.outputs) % factors.length]!);
  return { ...layer, weight };
}

function divided({ mean, products }: InputMoments, factors: Float64Array): InputMoments {
  const of = (input: number) => factors[input % factors.length]!;
  const inputs = mean.length;
  return {
    mean: mean.map((value, input) => value / of(input)),
    products: products.map((value, at) => value / (of(Math.floor(at / inputs)) * of(at % inputs))),
  };
}
