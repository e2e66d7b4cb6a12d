import { CONTRIB, type Value } from '../onnx/graph-builder.js';
import { float32, int8 } from '../onnx/tensor.js';
import { channelsFirst, channelsLast, convolution } from './convolution.js';
import type { GraphContext } from './graph-context.js';
import { layerNorm, type MapSize, patches, toMap, toTokens } from './layers.js';
import { linear } from './linear.js';
import { convolutionsOf, type LayerNorm, type Linear, type Network } from './network.js';
import { precisionOf } from './precision.js';
import { quantizeWeights } from './quantize.js';

const TO_FLOAT = { attributes: { to: 1n } };

/** From pixels, uint8 [1, height, width, 3], to the first map. */
export function stem(context: GraphContext, image: Value, network: Network, input: MapSize, output: MapSize): Value {
  const { graph, precisions } = context;
  const layer = network.stem;
  if (layer.kind === 'conv') {
    const pixels = graph.node('Cast', 'stem.float', [image], TO_FLOAT);
    const mean = graph.constant('stem.mean', float32([3], layer.mean));
    const centred = graph.node('Sub', 'stem.centred', [pixels, mean]);
    const convolved = convolution(graph, channelsFirst(graph, 'stem', centred), layer.conv);
    return layerNorm(context, 'stem.1', channelsLast(graph, 'stem', convolved), layer.norm);
  }
  const channels = network.stages[0]!.channels;
  const { linear: patchLayer, patch, norm } = layer;
  if (precisionOf(precisions, patchLayer.name) !== 'float32') {
    const tokens = bytePatches(context, image, patchLayer, input, patch);
    return toMap(graph, 'stem', layerNorm(context, 'stem.1', tokens, norm), output, channels);
  }
  if (hasFloatConvolutions(context, network)) return patchConvolution(context, image, patchLayer, patch, norm, output);
  const tokens = floatPatches(context, image, patchLayer, input, patch);
  return toMap(graph, 'stem', layerNorm(context, 'stem.1', tokens, norm), output, channels);
}

/** Graphs whose depth-wise convolutions are float32 are for cores where those are fast; the stem is then one, too. */
function hasFloatConvolutions({ precisions }: GraphContext, network: Network): boolean {
  return convolutionsOf(network).every(({ name }) => precisionOf(precisions, name) === 'float32');
}

/** Blocked convolutions of onnxruntime (NCHWc) take outputs in multiples of their block: 8 or 16. */
const BLOCK = 16;

/** The linear layer of patches as a strided convolution. Output channels that only fill a block are zero. */
function patchConvolution(
  context: GraphContext,
  image: Value,
  layer: Linear,
  patch: number,
  norm: LayerNorm | null,
  output: MapSize,
): Value {
  const { graph } = context;
  // Only where something follows that drops the channels again.
  const after = norm?.kind === 'length' ? norm.after : null;
  const outputs = after ? Math.ceil(layer.outputs / BLOCK) * BLOCK : layer.outputs;
  const taps = patch * patch;
  const weight = new Float32Array(outputs * 3 * taps);
  for (let row = 0; row < layer.outputs; row++)
    for (let tap = 0; tap < taps; tap++)
      for (let colour = 0; colour < 3; colour++)
        weight[(row * 3 + colour) * taps + tap] = layer.weight[(tap * 3 + colour) * layer.outputs + row]!;
  const bias = new Float32Array(outputs);
  bias.set(layer.bias);
  const shape = { inputs: 3, outputs, groups: 1, kernel: patch, stride: patch, padding: 0 };
  // Turned as bytes, a quarter of the memory.
  const turned = graph.node('Cast', 'stem.float', [channelsFirst(graph, 'stem', image)], TO_FLOAT);
  const map = channelsLast(graph, 'stem', convolution(graph, turned, { name: layer.name, ...shape, weight, bias }));
  if (!after || norm?.kind !== 'length') return layerNorm(context, 'stem.1', map, norm);
  const tokens = toTokens(graph, 'stem', map, output, outputs);
  const back = new Float32Array(outputs * after.outputs);
  back.set(after.weight);
  const filled = { ...norm, after: { ...after, inputs: outputs, weight: back } };
  return toMap(graph, 'stem', layerNorm(context, 'stem.1', tokens, filled), output, after.outputs);
}

function floatPatches(context: GraphContext, image: Value, layer: Linear, input: MapSize, patch: number): Value {
  const gathered = patches(context.graph, 'stem', image, input, 3, patch);
  return linear(context, context.graph.node('Cast', 'stem.float', [gathered], TO_FLOAT), layer);
}

/** Patches that are multiplied side by side: with more outputs the zeros of the weight cost more than the gathering saves. */
const groupOf = ({ outputs }: Linear): number => (outputs > 32 ? 2 : 4);

/**
 * Pixels are quantized already, so the product needs no scale of theirs. Gathering the few bytes of a row of a patch costs
 * more than the product; so neighbouring patches are gathered as one, and multiplied with a weight that holds the
 * patch's several times on its diagonal.
 */
function bytePatches({ graph }: GraphContext, image: Value, layer: Linear, input: MapSize, patch: number): Value {
  const { name, inputs, outputs } = layer;
  const group = groupOf(layer);
  const rows = (input.height / patch) * (input.width / (patch * group));
  const taken = graph.node('Reshape', 'stem.split', [
    image,
    graph.whole(input.height / patch, patch, input.width / (patch * group), group * patch * 3),
  ]);
  const swapped = graph.node('Transpose', 'stem.gathered', [taken], { attributes: { perm: [0n, 2n, 1n, 3n] } });
  const gathered = graph.node('Reshape', 'stem.patches', [swapped, graph.whole(rows, group * inputs)]);
  const { values, scales } = quantizeWeights(layer.weight, outputs, (at) => at % outputs);
  const repeated = (data: Float32Array) =>
    Float32Array.from({ length: group * outputs }, (_, at) => data[at % outputs]!);
  const weight = graph.constant(
    `${name}.weight`,
    int8([group * inputs, group * outputs], onDiagonal(values, layer, patch)),
  );
  const scale = graph.constant(`${name}.weight_scale`, float32([group * outputs], repeated(scales)));
  const bias = graph.constant(`${name}.bias`, float32([group * outputs], repeated(layer.bias)));
  const one = graph.constant(`${name}.input_scale`, float32([], [1]));
  const side = graph.node('MatMulIntegerToFloat', name, [gathered, weight, one, scale, '', '', bias], {
    domain: CONTRIB,
  });
  return graph.node('Reshape', 'stem.tokens', [side, graph.whole(rows * group, outputs)]);
}

/** Rows ordered row of the patch, patch, column, colour; columns ordered patch, output. */
function onDiagonal(weight: Int8Array, layer: Linear, patch: number): Int8Array {
  const { inputs, outputs } = layer;
  const group = groupOf(layer);
  const perRow = inputs / patch;
  const wide = new Int8Array(group * inputs * group * outputs);
  for (let input = 0; input < inputs; input++)
    for (let place = 0; place < group; place++) {
      const row = (Math.floor(input / perRow) * group + place) * perRow + (input % perRow);
      wide.set(weight.subarray(input * outputs, (input + 1) * outputs), (row * group + place) * outputs);
    }
  return wide;
}
