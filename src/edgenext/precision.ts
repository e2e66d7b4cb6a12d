import type { Network } from './network.js';

/**
 * What each layer is computed in.
 * `int8`: int8 weights, a scale an output. Linear layers quantize their input at run time; depth-wise convolutions have one
 * calibrated scale for the input and one for the output.
 * `int8-per-channel`: the same for depth-wise convolutions with a calibrated scale for every channel.
 */
export type Precision = 'float32' | 'int8' | 'int8-per-channel';

/** Layers that are not named are computed in float32. */
export type PrecisionTable = ReadonlyMap<string, Precision>;

export const precisionOf = (table: PrecisionTable, layer: string): Precision => table.get(layer) ?? 'float32';

export type LayerKind =
  | 'stem'
  | 'downsample'
  | 'depthwise'
  | 'depthwise-downsample'
  | 'qkv'
  | 'attention-projection'
  | 'mlp-expand'
  | 'mlp-project'
  | 'head';

export interface LayerSummary {
  readonly name: string;
  readonly kind: LayerKind;
}

/** Every layer with weights, in the order of computation. */
export function layersOf({ stem, stages, head }: Network): LayerSummary[] {
  const layers: LayerSummary[] = [{ name: stem.kind === 'patch' ? stem.linear.name : stem.conv.name, kind: 'stem' }];
  for (const { downsample, blocks } of stages) {
    if (downsample) layers.push({ name: downsample.linear.name, kind: 'downsample' });
    for (const block of blocks) {
      const convs = block.kind === 'conv' ? [block.depthwise] : block.convs;
      layers.push(...convs.map(({ name, stride }) => ({ name, kind: kindOf(stride) })));
      if (block.kind === 'attention') {
        layers.push({ name: block.qkv.name, kind: 'qkv' });
        layers.push({ name: block.project.name, kind: 'attention-projection' });
      }
      layers.push({ name: block.mlp.expand.name, kind: 'mlp-expand' });
      layers.push({ name: block.mlp.project.name, kind: 'mlp-project' });
    }
  }
  return [...layers, { name: head.linear.name, kind: 'head' }];
}

/** A strided depth-wise convolution is the down-sampling of a network that has no other. */
const kindOf = (stride: number): LayerKind => (stride > 1 ? 'depthwise-downsample' : 'depthwise');
