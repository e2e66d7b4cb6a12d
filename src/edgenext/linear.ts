import { CONTRIB, type Value } from '../onnx/graph-builder.js';
import { float32, int8 } from '../onnx/tensor.js';
import type { GraphContext } from './graph-context.js';
import type { Linear } from './network.js';
import { precisionOf } from './precision.js';
import { quantizeWeights } from './quantize.js';

/**
 * A linear layer: float32 of [tokens, inputs], int8 of any shape that ends in its inputs. As int8 it is one DynamicQuantizeMatMul: the input's one scale is found at run time,
 * so nothing needs calibration, and the batch must be one picture.
 */
export function linear({ graph, precisions }: GraphContext, tokens: Value, layer: Linear): Value {
  const { name, inputs, outputs } = layer;
  const bias = graph.constant(`${name}.bias`, float32([outputs], layer.bias));
  if (precisionOf(precisions, name) === 'float32') {
    const weight = graph.constant(`${name}.weight`, float32([inputs, outputs], layer.weight));
    return graph.node('Gemm', name, [tokens, weight, bias]);
  }
  const { values, scales } = quantizeWeights(layer.weight, outputs, (at) => at % outputs);
  const weight = graph.constant(`${name}.weight`, int8([inputs, outputs], values));
  const scale = graph.constant(`${name}.weight_scale`, float32([outputs], scales));
  return graph.node('DynamicQuantizeMatMul', name, [tokens, weight, scale, '', bias], { domain: CONTRIB });
}
