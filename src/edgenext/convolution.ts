import { bugError } from '../errors.js';
import { ints } from '../onnx/attributes.js';
import { CONTRIB, type GraphBuilder, type Value } from '../onnx/graph-builder.js';
import { float32, int8, int32, uint8 } from '../onnx/tensor.js';
import type { GraphContext } from './graph-context.js';
import type { MapSize } from './layers.js';
import type { Convolution } from './network.js';
import { precisionOf } from './precision.js';
import { quantizeWeights, roundHalfEven } from './quantize.js';
import type { ChannelRanges } from './ranges.js';

/** [1, height, width, channels] to [1, channels, height, width], which float32 convolutions want. */
export function channelsFirst(graph: GraphBuilder, name: string, map: Value): Value {
  return graph.node('Transpose', `${name}.channels_first`, [map], { attributes: { perm: ints(0, 3, 1, 2) } });
}

/** And back. */
export function channelsLast(graph: GraphBuilder, name: string, map: Value): Value {
  return graph.node('Transpose', `${name}.channels_last`, [map], { attributes: { perm: ints(0, 2, 3, 1) } });
}

/** A float32 convolution of a channels-first map. */
export function convolution(graph: GraphBuilder, map: Value, conv: Convolution): Value {
  const weight = graph.constant(`${conv.name}.weight`, float32(weightDims(conv), conv.weight));
  const bias = graph.constant(`${conv.name}.bias`, float32([conv.outputs], conv.bias));
  return graph.node('Conv', conv.name, [map, weight, bias], { attributes: shapeOf(conv) });
}

/** A convolution from map to map in the precision that the table names. */
export function mapConvolution(context: GraphContext, map: Value, conv: Convolution, size: MapSize): Value {
  const { graph, precisions, ranges, observeConvolution } = context;
  const precision = precisionOf(precisions, conv.name);
  if (precision === 'float32') {
    const result = channelsLast(graph, conv.name, convolution(graph, channelsFirst(graph, conv.name, map), conv));
    observeConvolution?.(conv.name, map, result);
    return result;
  }
  const range = ranges.get(conv.name);
  if (!range) throw bugError('ranges-missing', `no calibrated ranges for ${conv.name}`);
  return quantizedConvolution(graph, map, conv, precision === 'int8' ? onePerTensor(range) : range, size);
}

/** Of uint8 values around zero. */
const ZERO_POINT = 128;
const LARGEST_STEP = 127;

/**
 * int8 on a channels-last map. QLinearConv knows one activation scale only; where channels have their own, the map is
 * divided by them before and multiplied after, and the weights carry what is between.
 */
function quantizedConvolution(
  graph: GraphBuilder,
  map: Value,
  conv: Convolution,
  range: ChannelRanges,
  size: MapSize,
): Value {
  const { name, outputs, inputs } = conv;
  const inputScales = range.input.map(scaleOf);
  const outputScales = range.output.map(scaleOf);
  const perOutput = conv.weight.length / outputs;
  const inputOf = (output: number) => Math.floor(output / (outputs / inputs));
  const weights = quantizeWeights(conv.weight, outputs, (at) => Math.floor(at / perOutput));
  const accumulated = weights.scales.map((scale, output) => scale * inputScales[inputOf(output)]!);
  const bias = Int32Array.from(conv.bias, (value, output) => roundHalfEven(value / accumulated[output]!));

  const one = graph.constant(`${name}.one`, float32([], [1]));
  const zero = graph.constant(`${name}.zero_point`, uint8([], [ZERO_POINT]));
  const steps = graph.constant(
    `${name}.input_steps`,
    float32(
      [inputs],
      inputScales.map((scale) => 1 / scale),
    ),
  );
  const scaled = graph.node('Mul', `${name}.scaled`, [map, steps]);
  const quantized = graph.node('QuantizeLinear', `${name}.quantized`, [scaled, one, zero]);
  const weight = graph.constant(`${name}.weight`, int8(weightDims(conv), weights.values));
  const weightScales = accumulated.map((scale, output) => scale / outputScales[output]!);
  const weightScale = graph.constant(`${name}.weight_scale`, float32([outputs], weightScales));
  const weightZero = graph.constant(`${name}.weight_zero_point`, int8([outputs], new Int8Array(outputs)));
  const biases = graph.constant(`${name}.bias`, int32([outputs], bias));
  const convolved = graph.node(
    'QLinearConv',
    name,
    [quantized, one, zero, weight, weightScale, weightZero, one, zero, biases],
    { domain: CONTRIB, attributes: { ...shapeOf(conv), channels_last: 1n } },
  );
  const numbers = graph.node('DequantizeLinear', `${name}.numbers`, [convolved, one, zero]);
  const back = graph.constant(
    `${name}.output_steps`,
    float32([size.width / conv.stride, outputs], tiled(outputScales, size.width / conv.stride)),
  );
  return graph.node('Mul', `${name}.unscaled`, [numbers, back]);
}

/** One row of a map: a summand or factor of a whole row is applied several times as fast as one of a token. */
function tiled(values: Float32Array, times: number): Float32Array {
  return Float32Array.from({ length: values.length * times }, (_, at) => values[at % values.length]!);
}

const scaleOf = (peak: number): number => (peak === 0 ? 1 : peak / LARGEST_STEP);

function onePerTensor({ input, output }: ChannelRanges): ChannelRanges {
  const everywhere = (peaks: Float32Array) =>
    new Float32Array(peaks.length).fill(peaks.reduce((a, b) => Math.max(a, b), 0));
  return { input: everywhere(input), output: everywhere(output) };
}

const weightDims = (conv: Convolution): number[] => [conv.outputs, conv.inputs / conv.groups, conv.kernel, conv.kernel];

function shapeOf({ kernel, stride, padding, groups }: Convolution) {
  return {
    kernel_shape: ints(kernel, kernel),
    strides: ints(stride, stride),
    pads: ints(padding, padding, padding, padding),
    group: BigInt(groups),
  };
}
