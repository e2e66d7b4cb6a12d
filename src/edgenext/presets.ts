import { gramPays } from './gram-attention.js';
import type { MapSize } from './layers.js';
import type { Network } from './network.js';
import { type LayerKind, layersOf, type Precision, type PrecisionTable } from './precision.js';
import { STEM_STRIDE } from './variants.js';

/**
 * Ready-made tables of layer and precision. Which is fastest depends on the core: where float32 convolutions are fast
 * (x64) the linear presets win, on ARM the full ones; so a package carries several and the board measures.
 */
export interface Preset {
  readonly id: string;
  readonly precision: 'float32' | 'int8';
  /** Whether ranges of activations must be known. */
  readonly isCalibrated: boolean;
  /** Layers are taken out again, by measured sensitivity, until the answers are close enough to those of float32. */
  readonly isSearched?: boolean;
  readonly kinds: Readonly<Partial<Record<LayerKind, Precision>>>;
}

const linear = { qkv: 'int8', 'attention-projection': 'int8', 'mlp-expand': 'int8', 'mlp-project': 'int8' } as const;

const ends = { stem: 'int8', head: 'int8' } as const;

/**
 * The accurate presets leave stem, down-samplings and classifier alone: 5 % of the work, most of the error. The two with
 * all layers are for speed at any price.
 */
export const PRESETS: readonly Preset[] = [
  { id: 'float32', precision: 'float32', isCalibrated: false, kinds: {} },
  { id: 'int8-linear', precision: 'int8', isCalibrated: false, kinds: { ...linear, ...ends, downsample: 'int8' } },
  { id: 'int8-linear-accurate', precision: 'int8', isCalibrated: false, kinds: linear },
  { id: 'int8', precision: 'int8', isCalibrated: true, kinds: { ...linear, depthwise: 'int8-per-channel' } },
  {
    id: 'int8-fast',
    precision: 'int8',
    isCalibrated: true,
    kinds: {
      ...linear,
      ...ends,
      downsample: 'int8',
      ...{ depthwise: 'int8', 'depthwise-downsample': 'int8' },
    },
  },
  {
    id: 'int8-auto',
    precision: 'int8',
    isCalibrated: true,
    isSearched: true,
    kinds: {
      ...linear,
      ...ends,
      downsample: 'int8',
      ...{ depthwise: 'int8-per-channel', 'depthwise-downsample': 'int8-per-channel' },
    },
  },
];

/**
 * The precision of every layer of a network at an input size. Where the attention is cheaper over the Gram matrix, its two
 * linear layers stay float32, which that form needs.
 */
export function precisionTable(preset: Preset, network: Network, input: MapSize): PrecisionTable {
  const table = new Map<string, Precision>();
  const kept = new Set(preset.precision === 'int8' ? gramLayers(network, input) : []);
  for (const { name, kind } of layersOf(network)) {
    const precision = preset.kinds[kind];
    if (precision !== undefined && !kept.has(name)) table.set(name, precision);
  }
  return table;
}

function gramLayers({ stages }: Network, input: MapSize): string[] {
  return stages.flatMap(({ blocks }, stage) => {
    const stride = STEM_STRIDE * 2 ** stage;
    const size = { height: input.height / stride, width: input.width / stride };
    return blocks.flatMap((block) =>
      block.kind === 'attention' && gramPays(block.qkv.inputs, size) ? [block.qkv.name, block.project.name] : [],
    );
  });
}
