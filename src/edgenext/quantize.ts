/** int8 with a scale for each output: value = quantized * scale[output]. Symmetric, -127 … 127. */
export interface QuantizedWeights {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

const INT8_MAX = 127;

/** Quantizes weights of which `outputOf` says to which output each element belongs. */
export function quantizeWeights(
  weights: Float32Array,
  outputs: number,
  outputOf: (index: number) => number,
): QuantizedWeights {
  const peaks = new Float64Array(outputs);
  weights.forEach((weight, at) => {
    const output = outputOf(at);
    peaks[output] = Math.max(peaks[output]!, Math.abs(weight));
  });
  // An output whose weights are all zero takes any scale.
  const scales = Float32Array.from(peaks, (peak) => (peak === 0 ? 1 : peak / INT8_MAX));
  const values = Int8Array.from(weights, (weight, at) => roundHalfEven(weight / scales[outputOf(at)]!));
  return { values, scales };
}

/** As onnxruntime rounds. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
