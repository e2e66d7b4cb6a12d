import type { Affine, Convolution, Linear } from './network.js';

/**
 * Folding: neighbouring linear steps become one. All sums run in float64 and are rounded once.
 * Exactness: an affine before a linear layer, or after one, is part of it; before a convolution only where nothing is padded.
 */

/** A layer stored [outputs, inputs] (PyTorch), behind an affine and in front of a factor a channel. */
export function foldLinear(
  name: string,
  stored: Float32Array,
  bias: Float32Array | undefined,
  around: { readonly before?: Affine; readonly after?: Float32Array } = {},
): Linear {
  const { before, after } = around;
  const outputs = bias?.length ?? after?.length ?? 0;
  return foldRows(
    name,
    stored,
    outputs,
    (row, column) => row * (stored.length / outputs) + column,
    bias,
    before,
    after,
  );
}

/**
 * A strided convolution without padding and overlap, stored [outputs, channels, patch, patch], as a linear layer over
 * patches whose inputs are ordered row, column, channel. `before` acts on every pixel.
 */
export function foldPatches(
  name: string,
  stored: Float32Array,
  shape: { readonly outputs: number; readonly channels: number; readonly patch: number },
  bias: Float32Array | undefined,
  before: Affine,
  after?: Affine,
): Linear {
  const { outputs, channels, patch } = shape;
  const taps = patch * patch;
  const index = (row: number, column: number) => {
    const channel = column % channels;
    return (row * channels + channel) * taps + (column - channel) / channels;
  };
  const repeated = {
    scale: Float32Array.from({ length: taps * channels }, (_, column) => before.scale[column % channels]!),
    bias: Float32Array.from({ length: taps * channels }, (_, column) => before.bias[column % channels]!),
  };
  return foldRows(name, stored, outputs, index, bias, repeated, after?.scale, after?.bias);
}

function foldRows(
  name: string,
  stored: Float32Array,
  outputs: number,
  index: (row: number, column: number) => number,
  bias?: Float32Array,
  before?: Affine,
  after?: Float32Array,
  afterBias?: Float32Array,
): Linear {
  const inputs = stored.length / outputs;
  const weight = new Float32Array(stored.length);
  const folded = new Float32Array(outputs);
  for (let row = 0; row < outputs; row++) {
    const factor = after?.[row] ?? 1;
    let sum = bias?.[row] ?? 0;
    for (let column = 0; column < inputs; column++) {
      const value = stored[index(row, column)]!;
      weight[column * outputs + row] = value * (before?.scale[column] ?? 1) * factor;
      sum += value * (before?.bias[column] ?? 0);
    }
    folded[row] = sum * factor + (afterBias?.[row] ?? 0);
  }
  return { name, inputs, outputs, weight, bias: folded };
}

/** An affine a channel after a convolution. */
export function foldAfterConvolution(conv: Convolution, after: Affine): Convolution {
  const perOutput = conv.weight.length / conv.outputs;
  return {
    ...conv,
    weight: conv.weight.map((value, at) => value * after.scale[Math.floor(at / perOutput)]!),
    bias: conv.bias.map((value, output) => value * after.scale[output]! + after.bias[output]!),
  };
}

/** What a batch norm does at inference. */
export function affineOfBatchNorm(
  norm: {
    readonly weight: Float32Array;
    readonly bias: Float32Array;
    readonly mean: Float32Array;
    readonly variance: Float32Array;
  },
  epsilon: number,
): Affine {
  const factor = Array.from(norm.weight, (weight, channel) => weight / Math.sqrt(norm.variance[channel]! + epsilon));
  return {
    scale: Float32Array.from(factor),
    bias: norm.bias.map((bias, channel) => bias - norm.mean[channel]! * factor[channel]!),
  };
}
