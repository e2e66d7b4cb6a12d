import type { Linear } from './network.js';
import { type QuantizedWeights, quantizeWeights, roundHalfEven } from './quantize.js';

/** What is known of a linear layer's inputs: mean, [inputs], and sum of the products of every two, [inputs, inputs]. */
export interface InputMoments {
  readonly mean: Float64Array;
  readonly products: Float64Array;
}

export interface QuantizedLinear extends QuantizedWeights {
  readonly bias: Float32Array;
}

/** Share of the mean diagonal that is added to it, as inputs of pictures not seen may lie where none was. */
const DAMPING = 0.01;
const INT8_MAX = 127;

/**
 * Quantizes weights so that the layer's output, not each weight, comes out closest: the rounding error of every input's
 * weights is made up for by the weights of the inputs that follow, as far as they go together (GPTQ, Frantar et al. 2022,
 * arXiv 2210.17323). The bias takes what is left of the mean. Costs nothing when the network runs.
 */
export function quantizeWithFeedback(layer: Linear, moments: InputMoments): QuantizedLinear {
  const { inputs, outputs } = layer;
  const { scales } = quantizeWeights(layer.weight, outputs, (at) => at % outputs);
  const factor = inverseFactor(damped(moments.products, inputs), inputs);
  const rest = Float64Array.from(layer.weight);
  const values = new Int8Array(layer.weight.length);
  const error = new Float64Array(outputs);
  for (let input = 0; input < inputs; input++) {
    const row = input * outputs;
    const pivot = factor[input * inputs + input]!;
    for (let output = 0; output < outputs; output++) {
      const scale = scales[output]!;
      const value = Math.max(-INT8_MAX, Math.min(INT8_MAX, roundHalfEven(rest[row + output]! / scale)));
      values[row + output] = value;
      error[output] = (rest[row + output]! - value * scale) / pivot;
    }
    for (let later = input + 1; later < inputs; later++) {
      const share = factor[input * inputs + later]!;
      if (share === 0) continue;
      const target = later * outputs;
      for (let output = 0; output < outputs; output++)
        rest[target + output] = rest[target + output]! - share * error[output]!;
    }
  }
  return { values, scales, bias: correctedBias(layer, values, scales, moments.mean) };
}

function correctedBias(layer: Linear, values: Int8Array, scales: Float32Array, mean: Float64Array): Float32Array {
  const { inputs, outputs } = layer;
  return layer.bias.map((bias, output) => {
    let shift = 0;
    for (let input = 0; input < inputs; input++) {
      const at = input * outputs + output;
      shift += mean[input]! * (layer.weight[at]! - values[at]! * scales[output]!);
    }
    return bias + shift;
  });
}

function damped(products: Float64Array, size: number): Float64Array {
  const matrix = Float64Array.from(products);
  let trace = 0;
  for (let at = 0; at < size; at++) trace += matrix[at * size + at]!;
  const extra = trace > 0 ? (DAMPING * trace) / size : 1;
  for (let at = 0; at < size; at++) matrix[at * size + at] = matrix[at * size + at]! + extra;
  return matrix;
}

/**
 * Upper triangular U with U'U the inverse of a positive definite matrix M: M = R R' with R upper triangular, U = R^-1.
 * Row-major, size x size.
 */
export function inverseFactor(matrix: Float64Array, size: number): Float64Array {
  const upper = new Float64Array(size * size);
  for (let column = size - 1; column >= 0; column--) {
    for (let row = column; row >= 0; row--) {
      let sum = matrix[row * size + column]!;
      const [a, b] = [row * size, column * size];
      for (let k = column + 1; k < size; k++) sum -= upper[a + k]! * upper[b + k]!;
      upper[a + column] = row === column ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / upper[b + column]!;
    }
  }
  return inverseOfUpper(upper, size);
}

function inverseOfUpper(upper: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let row = size - 1; row >= 0; row--) {
    const pivot = upper[row * size + row]!;
    inverse[row * size + row] = 1 / pivot;
    for (let k = row + 1; k < size; k++) {
      const factor = upper[row * size + k]! / pivot;
      if (factor === 0) continue;
      for (let column = k; column < size; column++)
        inverse[row * size + column] = inverse[row * size + column]! - factor * inverse[k * size + column]!;
    }
  }
  return inverse;
}
