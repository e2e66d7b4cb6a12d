import { configurationError } from '../errors.js';
import { ints } from '../onnx/attributes.js';
import { GraphBuilder, type Value } from '../onnx/graph-builder.js';
import type { SharedWeights } from '../onnx/shared-weights.js';
import { float32 } from '../onnx/tensor.js';
import { attentionBlock } from './attention.js';
import { convolution, layerNorm, linear, type MapSize, mlp, patches, toMap, toTokens } from './layers.js';
import type { ConvBlock, Network, Stage, Stem } from './network.js';
import { STEM_STRIDE, TOTAL_STRIDE } from './variants.js';

/**
 * Writes a network as an ONNX graph for one input size: `image` uint8 [1, height, width, 3], RGB, to `logits` float32
 * [1, classes]. Measured shape of it (design notes in docs): the residual stream is [tokens, channels]; linear layers are
 * two-dimensional; transposes stand only around depth-wise convolutions and inside the attention.
 */
export const INPUT_NAME = 'image';
export const OUTPUT_NAME = 'logits';

/** The float32 graph's bytes; large constants go to `weights`. Throws `input-size` unless both sides are multiples of 32. */
export function writeFloat32Graph(
  network: Network,
  input: MapSize,
  weights: SharedWeights,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  checkInputSize(input);
  const graph = new GraphBuilder(`edgenext_${network.variant}_${input.width}x${input.height}`, weights);
  const image = graph.input(INPUT_NAME, 'uint8', [1, input.height, input.width, 3]);
  let size: MapSize = { height: input.height / STEM_STRIDE, width: input.width / STEM_STRIDE };
  let tokens = stem(graph, image, network.stem, input, size);
  let channels = network.stages[0]!.channels;
  for (const part of network.stages) {
    tokens = downsample(graph, tokens, part, size, channels);
    if (part.downsample) size = half(size);
    for (const block of part.blocks) {
      tokens =
        block.kind === 'attention' ? attentionBlock(graph, tokens, block, size) : convBlock(graph, tokens, block, size);
      if (block.kind === 'conv' && block.depthwise.stride === 2) size = half(size);
    }
    channels = part.channels;
  }
  head(graph, tokens, network);
  return graph.encode(metadata);
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

function stem(graph: GraphBuilder, image: Value, layer: Stem, input: MapSize, output: MapSize): Value {
  if (layer.kind === 'patch') {
    const gathered = patches(graph, 'stem', image, input, 3, layer.patch);
    const pixels = graph.node('Cast', 'stem.float', [gathered], { attributes: { to: 1n } });
    return layerNorm(graph, 'stem.1', linear(graph, pixels, layer.linear), layer.norm);
  }
  const pixels = graph.node('Cast', 'stem.float', [image], { attributes: { to: 1n } });
  const mean = graph.constant('stem.mean', float32([3], layer.mean));
  const centred = graph.node('Sub', 'stem.centred', [pixels, mean]);
  const map = graph.node('Transpose', 'stem.nchw', [centred], { attributes: { perm: ints(0, 3, 1, 2) } });
  const convolved = convolution(graph, map, layer.conv);
  return layerNorm(graph, 'stem.1', toTokens(graph, 'stem', convolved, output, layer.conv.outputs), layer.norm);
}

function downsample(graph: GraphBuilder, tokens: Value, stage: Stage, size: MapSize, channels: number): Value {
  if (!stage.downsample) return tokens;
  const name = `${stage.name}.downsample`;
  const normalised = layerNorm(graph, `${name}.0`, tokens, stage.downsample.norm);
  return linear(graph, patches(graph, name, normalised, size, channels, 2), stage.downsample.linear);
}

/** A depth-wise convolution, an MLP, and the input added; where the convolution halves the map, its output is what is added. */
function convBlock(
  graph: GraphBuilder,
  tokens: Value,
  { name, depthwise, mlp: layers }: ConvBlock,
  size: MapSize,
): Value {
  const isStrided = depthwise.stride === 2;
  const map = toMap(graph, name, tokens, size, depthwise.inputs);
  const convolved = convolution(graph, map, depthwise);
  const mixed = toTokens(graph, name, convolved, isStrided ? half(size) : size, depthwise.outputs);
  return graph.node('Add', `${name}.out`, [isStrided ? mixed : tokens, mlp(graph, name, mixed, layers)]);
}

function head(graph: GraphBuilder, tokens: Value, network: Network): void {
  const mean = graph.node('ReduceMean', 'head.mean', [tokens], { attributes: { axes: ints(0), keepdims: 1n } });
  const { norm, linear: classifier } = network.head;
  const logits = linear(graph, layerNorm(graph, 'head.norm', mean, norm), { ...classifier, name: OUTPUT_NAME });
  graph.output(logits, 'float32', [1, network.classes]);
}
