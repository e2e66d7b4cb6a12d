import { configurationError } from '../errors.js';
import { ints } from '../onnx/attributes.js';
import { GraphBuilder, type Value } from '../onnx/graph-builder.js';
import type { SharedWeights } from '../onnx/shared-weights.js';
import { attentionBlock } from './attention.js';
import { mapConvolution } from './convolution.js';
import type { QuantizedLinear } from './error-feedback.js';
import type { GraphContext } from './graph-context.js';
import { layerNorm, type MapSize, mlp, patches, toMap, toTokens } from './layers.js';
import { linear } from './linear.js';
import type { ConvBlock, Downsample, Network, Stage } from './network.js';
import type { PrecisionTable } from './precision.js';
import type { Ranges } from './ranges.js';
import { stem } from './stem.js';
import { STEM_STRIDE, TOTAL_STRIDE } from './variants.js';

/**
 * edgenext/: the network, from a checkpoint to a graph.
 *
 *   checkpoint, names, variants            files and what must be in them
 *   build-network, fold, length-norm       what is computed: a network without what could be folded away
 *   graph, stem, layers, linear, convolution, attention, gram-attention     the same as ONNX
 *   presets, precision                     which layer is int8
 *   range-methods, ranges, magnitude-histograms, clip     how wide the scales of int8 activations reach
 *   calibration-graph, moments, smoothing, error-feedback, sensitivity     what else int8 needs to be accurate
 *
 * A graph takes `image`, uint8 [1, height, width, 3], RGB, and gives `logits`, float32 [1, classes]. Promises: float32
 * within 5e-5 of the reference implementation; the same network and input give the same bytes. Knows no file system and no
 * runtime. Test it with generated checkpoints (test/edgenext/generated-checkpoint). Why it looks so: docs/graphs.md.
 */
const INPUT_NAME = 'image';
const OUTPUT_NAME = 'logits';

export interface GraphOptions {
  readonly precisions: PrecisionTable;
  readonly ranges: Ranges;
  readonly quantized?: ReadonlyMap<string, QuantizedLinear>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The graph's bytes; large constants go to `weights`. Throws `input-size` unless both sides are multiples of 32. */
export function writeGraph(
  network: Network,
  input: MapSize,
  weights: SharedWeights,
  options: GraphOptions,
): Uint8Array {
  const graph = newGraph(network, input, weights);
  const map = writeBody({ ...options, graph }, network, input);
  writeHead({ ...options, graph }, map, network);
  return graph.encode(options.metadata);
}

export function newGraph(network: Network, input: MapSize, weights: SharedWeights): GraphBuilder {
  checkInputSize(input);
  return new GraphBuilder(`edgenext_${network.variant}_${input.width}x${input.height}`, weights);
}

/** All up to the last stage's map. */
export function writeBody(context: GraphContext, network: Network, input: MapSize): Value {
  const image = context.graph.input(INPUT_NAME, 'uint8', [1, input.height, input.width, 3]);
  let size: MapSize = { height: input.height / STEM_STRIDE, width: input.width / STEM_STRIDE };
  let map = stem(context, image, network, input, size);
  let channels = network.stages[0]!.channels;
  for (const stage of network.stages) {
    if (stage.downsample) {
      map = downsample(context, map, stage, stage.downsample, size, channels);
      size = half(size);
    }
    for (const block of stage.blocks) {
      map =
        block.kind === 'attention' ? attentionBlock(context, map, block, size) : convBlock(context, map, block, size);
      if (block.kind === 'conv' && block.depthwise.stride === 2) size = half(size);
    }
    channels = stage.channels;
  }
  return map;
}

function checkInputSize({ width, height }: MapSize): void {
  const fits = (side: number) => Number.isInteger(side) && side > 0 && side % TOTAL_STRIDE === 0;
  if (fits(width) && fits(height)) return;
  throw configurationError(
    'input-size',
    `input size ${width}x${height}: EdgeNeXt takes only sides that are multiples of ${TOTAL_STRIDE}`,
    { width, height },
  );
}

const half = ({ height, width }: MapSize): MapSize => ({ height: height / 2, width: width / 2 });

function downsample(
  context: GraphContext,
  map: Value,
  { name }: Stage,
  { norm, linear: layer }: Downsample,
  size: MapSize,
  channels: number,
): Value {
  const { graph } = context;
  const isOfTokens = norm?.kind === 'length';
  const input = isOfTokens ? toTokens(graph, `${name}.downsample`, map, size, channels) : map;
  const normalised = layerNorm(context, `${name}.downsample.0`, input, norm);
  const gathered = patches(graph, `${name}.downsample`, normalised, size, layer.inputs / 4, 2);
  return toMap(graph, name, linear(context, gathered, layer), half(size), layer.outputs);
}

/** A depth-wise convolution, an MLP, and the input added; where the convolution halves the map, its output is what is added. */
function convBlock(
  context: GraphContext,
  map: Value,
  { name, depthwise, mlp: layers }: ConvBlock,
  size: MapSize,
): Value {
  const mixed = mapConvolution(context, map, depthwise, size);
  const isStrided = depthwise.stride === 2;
  const change = mlp(context, name, mixed, layers, isStrided ? half(size) : size);
  return context.graph.node('Add', `${name}.out`, [isStrided ? mixed : map, change]);
}

function writeHead(context: GraphContext, map: Value, network: Network): void {
  const { graph } = context;
  const mean = graph.node('ReduceMean', 'head.mean', [map], { attributes: { axes: ints(1, 2), keepdims: 0n } });
  const { norm, linear: classifier } = network.head;
  const scores = linear(context, layerNorm(context, 'head.norm', mean, norm), classifier);
  graph.node('Identity', OUTPUT_NAME, [scores]);
  graph.output(OUTPUT_NAME, 'float32', [1, network.classes]);
}
