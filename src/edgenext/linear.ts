import { CONTRIB, type Value } from '../onnx/graph-builder.js';
import { float32, int8 } from '../onnx/tensor.js';
import type { QuantizedLinear } from './error-feedback.js';
import type { GraphContext } from './graph-context.js';
import type { Linear } from './network.js';
import { precisionOf } from './precision.js';
import { quantizeWeights } from './quantize.js';

/**
 * A linear layer: float32 of [tokens, inputs], int8 of any shape that ends in its inputs. As int8 it is one
 * DynamicQuantizeMatMul: the input's one scale is found at run time, so the batch must be one picture.
 */
export function linear(context: GraphContext, input: Value, layer: Linear): Value {
  const { graph, precisions } = context;
  const { name, inputs, outputs } = layer;
  context.observeLinear?.(layer, input);
  if (precisionOf(precisions, name) === 'float32') {
    const summand = graph.constant(`${name}.bias`, float32([outputs], layer.bias));
    const weight = graph.constant(`${name}.weight`, float32([inputs, outputs], layer.weight));
    return graph.node('Gemm', name, [input, weight, summand]);
  }
  const { values, scales, bias } = context.quantized?.get(name) ?? rounded(layer);
  const weight = graph.constant(`${name}.weight`, int8([inputs, outputs], values));
  const scale = graph.constant(`${name}.weight_scale`, float32([outputs], scales));
  const summand = graph.constant(`${name}.bias`, float32([outputs], bias));
  return graph.node('DynamicQuantizeMatMul', name, [input, weight, scale, '', summand], { domain: CONTRIB });
}

function rounded({ weight, bias, outputs }: Linear): QuantizedLinear {
  return { ...quantizeWeights(weight, outputs, (at) => at % outputs), bias };
}
