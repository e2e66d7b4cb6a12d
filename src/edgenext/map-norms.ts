import type { LayerNorm, Linear, Network } from './network.js';

/** A norm and the linear layer that takes what it gives, unchanged or as patches. */
export interface NormAndLayer {
  readonly name: string;
  readonly kind: 'downsample' | 'attention' | 'mlp';
  readonly norm: LayerNorm | null;
  readonly next: Linear;
}

/** The network with every such pair replaced. */
export function mapNorms(
  network: Network,
  replace: (pair: NormAndLayer) => { readonly norm: LayerNorm | null; readonly next: Linear },
): Network {
  const stages = network.stages.map((stage) => ({
    ...stage,
    downsample:
      stage.downsample &&
      renamed(
        replace({
          name: `${stage.name}.downsample.0`,
          kind: 'downsample',
          norm: stage.downsample.norm,
          next: stage.downsample.linear,
        }),
        'linear',
      ),
    blocks: stage.blocks.map((block) => {
      const changed = replace({
        name: `${block.name}.norm`,
        kind: 'mlp',
        norm: block.mlp.norm,
        next: block.mlp.expand,
      });
      const mlp = { ...block.mlp, ...renamed(changed, 'expand') };
      if (block.kind === 'conv') return { ...block, mlp };
      const pair = { name: `${block.name}.norm_xca`, kind: 'attention', norm: block.norm, next: block.qkv } as const;
      return { ...block, mlp, ...renamed(replace(pair), 'qkv') };
    }),
  }));
  return { ...network, stages };
}

function renamed<K extends string>(
  { norm, next }: { readonly norm: LayerNorm | null; readonly next: Linear },
  key: K,
): { readonly norm: LayerNorm | null } & Readonly<Record<K, Linear>> {
  return { norm, [key]: next } as { readonly norm: LayerNorm | null } & Readonly<Record<K, Linear>>;
}
