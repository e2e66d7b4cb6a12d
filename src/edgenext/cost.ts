import { type MapSize, tokensOf } from './layers.js';
import type { AttentionBlock, Convolution, Linear, Network } from './network.js';
import { STEM_STRIDE } from './variants.js';

/** Multiply-adds of the network's matrix products and convolutions for one picture, as the graph computes them. */
export function countMacs(network: Network, input: MapSize): number {
  let tokens = tokensOf(input) / STEM_STRIDE ** 2;
  let macs = network.stem.kind === 'patch' ? tokens * ofLinear(network.stem.linear) : tokens * ofTap(network.stem.conv);
  for (const { downsample, blocks } of network.stages) {
    if (downsample) {
      tokens /= 4;
      macs += tokens * ofLinear(downsample.linear);
    }
    for (const block of blocks) {
      if (block.kind === 'conv') {
        tokens /= block.depthwise.stride ** 2;
        macs += tokens * ofTap(block.depthwise);
      } else macs += tokens * ofAttention(block);
      macs += tokens * (ofLinear(block.mlp.expand) + ofLinear(block.mlp.project));
    }
  }
  return macs + ofLinear(network.head.linear);
}

const ofLinear = (layer: Linear): number => layer.inputs * layer.outputs;
const ofTap = (conv: Convolution): number => conv.weight.length;

/** A token's share. The positional encoding is a constant and costs nothing. */
function ofAttention({ convs, qkv, project, heads }: AttentionBlock): number {
  const products = 2 * (project.inputs / heads) * project.inputs;
  return convs.reduce((sum, conv) => sum + ofTap(conv), 0) + ofLinear(qkv) + ofLinear(project) + products;
}
