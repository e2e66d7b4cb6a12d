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
    observeConvolution?.(conv, size, map, result);
    return result;
  }
  const range = ranges.get(conv.name);
  if (!range) throw bugError('ranges-missing', `no calibrated ranges for ${conv.name}`);
  return precision === 'int8'
    ? quantizedConvolution(graph, map, conv, { input: largest(range.input), output: largest(range.output) })
    : channelwiseConvolution(graph, map, conv, range, size);
}

/** Of uint8 values around zero. */
const ZERO_POINT = 128;
const LARGEST_STEP = 127;
/** The largest magnitude of numbers that are steps already. */
const STEPS = LARGEST_STEP;

/**
 * int8 on a channels-last map with a scale for every channel of input and output. QLinearConv knows one activation scale
 * only: the map is divided by the scales before and multiplied after, and the weights carry what is between.
 */
function channelwiseConvolution(
  graph: GraphBuilder,
  map: Value,
  conv: Convolution,
  range: ChannelRanges,
  size: MapSize,
): Value {
  const { name, outputs, inputs } = conv;
  const [inputScales, outputScales] = [range.input.map(scaleOf), range.output.map(scaleOf)];
  const perOutput = conv.weight.length / outputs;
  const factorOf = (output: number) => inputScales[Math.floor(output / (outputs / inputs))]! / outputScales[output]!;
  const between: Convolution = {
    ...conv,
    weight: conv.weight.map((value, at) => value * factorOf(Math.floor(at / perOutput))),
    bias: conv.bias.map((value, output) => value / outputScales[output]!),
  };
  const row = (part: string, scales: Float32Array, width: number) =>
    graph.constant(`${name}.${part}`, float32([width, scales.length], tiled(scales, width)));
  const steps = row(
    'input_steps',
    inputScales.map((scale) => 1 / scale),
    size.width,
  );
  const divided = graph.node('Mul', `${name}.scaled`, [map, steps]);
  const numbers = quantizedConvolution(graph, divided, between, { input: STEPS, output: STEPS });
  return graph.node('Mul', `${name}.unscaled`, [numbers, row('output_steps', outputScales, size.width / conv.stride)]);
}

/** int8 on a channels-last map with one scale for the input and one for the output, made from their largest magnitudes. */
function quantizedConvolution(
  graph: GraphBuilder,
  map: Value,
  conv: Convolution,
  peaks: { readonly input: number; readonly output: number },
): Value {
  const { name, outputs } = conv;
  const [inputScale, outputScale] = [scaleOf(peaks.input), scaleOf(peaks.output)];
  const perOutput = conv.weight.length / outputs;
  const weights = quantizeWeights(conv.weight, outputs, (at) => Math.floor(at / perOutput));
  const bias = Int32Array.from(conv.bias, (value, output) =>
    roundHalfEven(value / (weights.scales[output]! * inputScale)),
  );
  const scalar = (part: string, value: number) => graph.constant(`${name}.${part}`, float32([], [value]));
  const [from, to] = [scalar('input_scale', inputScale), scalar('output_scale', outputScale)];
  const zero = graph.constant(`${name}.zero_point`, uint8([], [ZERO_POINT]));
  const quantized = graph.node('QuantizeLinear', `${name}.quantized`, [map, from, zero]);
  const weight = graph.constant(`${name}.weight`, int8(weightDims(conv), weights.values));
  const weightScale = graph.constant(`${name}.weight_scale`, float32([outputs], weights.scales));
  const weightZero = graph.constant(`${name}.weight_zero_point`, int8([outputs], new Int8Array(outputs)));
  const biases = graph.constant(`${name}.bias`, int32([outputs], bias));
  const convolved = graph.node(
    'QLinearConv',
    name,
    [quantized, from, zero, weight, weightScale, weightZero, to, zero, biases],
    { domain: CONTRIB, attributes: { ...shapeOf(conv), channels_last: 1n } },
  );
  return graph.node('DequantizeLinear', `${name}.numbers`, [convolved, to, zero]);
}

/** One row of a map: a factor of a whole row is applied several times as fast as one of a token. */
function tiled(values: Float32Array, times: number): Float32Array {
  return Float32Array.from({ length: values.length * times }, (_, at) => values[at % values.length]!);
}

const scaleOf = (peak: number): number => (peak === 0 ? 1 : peak / LARGEST_STEP);
const largest = (peaks: Float32Array): number => peaks.reduce((a, b) => Math.max(a, b), 0);

const weightDims = (conv: Convolution): number[] => [conv.outputs, conv.inputs / conv.groups, conv.kernel, conv.kernel];

function shapeOf({ kernel, stride, padding, groups }: Convolution) {
  return {
    kernel_shape: ints(kernel, kernel),
    strides: ints(stride, stride),
    pads: ints(padding, padding, padding, padding),
    group: BigInt(groups),
  };
}
