import { type MapSize, tokensOf } from './layers.js';
import type { AttentionBlock, Convolution, Linear, Network } from './network.js';
import { STEM_STRIDE } from './variants.js';

/**
 * Multiply-adds of the network's matrix products and convolutions for one picture, as they are published: without those
 * that the graph saves or adds by another form.
 */
export function countMacs(network: Network, input: MapSize): number {
  let tokens = tokensOf(input) / STEM_STRIDE ** 2;
  let macs = tokens * ofStem(network);
  let channels = network.stages[0]!.channels;
  for (const { downsample, blocks, channels: outputs } of network.stages) {
    if (downsample) {
      tokens /= 4;
      macs += tokens * 4 * channels * outputs;
    }
    for (const block of blocks) {
      if (block.kind === 'conv') {
        tokens /= block.depthwise.stride ** 2;
        macs += tokens * ofTap(block.depthwise);
      } else macs += tokens * ofAttention(block);
      macs += tokens * 2 * ofLinear(block.mlp.project);
    }
    channels = outputs;
  }
  return macs + ofLinear(network.head.linear);
}

const ofStem = ({ stem, stages }: Network): number =>
  stem.kind === 'patch' ? stem.linear.inputs * stages[0]!.channels : ofTap(stem.conv);
const ofLinear = (layer: Linear): number => layer.inputs * layer.outputs;
const ofTap = (conv: Convolution): number => conv.weight.length;

/** A token's share. The positional encoding is a constant and costs nothing. */
function ofAttention({ convs, qkv, project, heads }: AttentionBlock): number {
  const products = 2 * (project.inputs / heads) * project.inputs;
  return convs.reduce((sum, conv) => sum + ofTap(conv), 0) + ofLinear(qkv) + ofLinear(project) + products;
}
