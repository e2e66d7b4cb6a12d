/**
 * The EdgeNeXt family as data. Figures: the authors' code (mmaaz60/EdgeNeXt models/model.py, edgenext_bn_hs.py) and timm
 * (timm/models/edgenext.py). Lists run over the four stages.
 */
export interface Architecture {
  readonly variant: string;
  readonly depths: readonly [number, number, number, number];
  readonly dims: readonly [number, number, number, number];
  readonly heads: number;
  /** Depth-wise kernel sizes. */
  readonly kernels: readonly [number, number, number, number];
  /** Into how many parts the last block of a stage splits its channels; 0: that stage has no attention block. */
  readonly splits: readonly [number, number, number, number];
  /** Whether that block adds the positional encoding. */
  readonly positions: readonly [boolean, boolean, boolean, boolean];
  readonly stem: { readonly kernel: number; readonly padding: number };
  readonly norm: 'layer' | 'batch';
  readonly activation: 'gelu' | 'hardswish';
  /** Which convolutions have a bias. */
  readonly biased: { readonly stemAndDepthwise: boolean; readonly split: boolean; readonly downsample: boolean };
  /** `patch`: a norm and a 2x2 stride-2 convolution of their own. `depthwise`: the first block's convolution has stride 2. */
  readonly downsample: 'patch' | 'depthwise';
  /** `branch`: only the attention sees the normalised tokens. `trunk`: they replace the residual stream, before the positions. */
  readonly attentionNorm: 'branch' | 'trunk';
}

export const MLP_RATIO = 4;
export const STEM_STRIDE = 4;
/** Every input side must be a multiple of it: the strided layers have no padding. */
export const TOTAL_STRIDE = 32;
export const NORM_EPSILON = { layer: 1e-6, batch: 1e-5 } as const;

const edgenext = {
  kernels: [3, 5, 7, 9],
  splits: [0, 2, 3, 4],
  positions: [false, true, false, false],
  stem: { kernel: 4, padding: 0 },
  norm: 'layer',
  activation: 'gelu',
  biased: { stemAndDepthwise: true, split: true, downsample: true },
  downsample: 'patch',
  attentionNorm: 'branch',
} as const;

const batchNormHardSwish = {
  ...edgenext,
  norm: 'batch',
  activation: 'hardswish',
  biased: { stemAndDepthwise: false, split: true, downsample: false },
  attentionNorm: 'trunk',
} as const;

const xxSmall = { depths: [2, 2, 6, 2], dims: [24, 48, 88, 168], heads: 4 } as const;
const xSmall = { depths: [3, 3, 9, 3], dims: [32, 64, 100, 192], heads: 4 } as const;
const small = { depths: [3, 3, 9, 3], dims: [48, 96, 160, 304], heads: 8 } as const;

export const ARCHITECTURES: readonly Architecture[] = [
  { variant: 'xx_small', ...xxSmall, ...edgenext },
  { variant: 'x_small', ...xSmall, ...edgenext },
  { variant: 'small', ...small, ...edgenext },
  { variant: 'base', depths: [3, 3, 9, 3], dims: [80, 160, 288, 584], heads: 8, ...edgenext },
  { variant: 'xx_small_bn_hs', ...xxSmall, ...batchNormHardSwish },
  { variant: 'x_small_bn_hs', ...xSmall, ...batchNormHardSwish },
  { variant: 'small_bn_hs', ...small, ...batchNormHardSwish },
  {
    variant: 'small_rw',
    depths: [3, 3, 9, 3],
    dims: [48, 96, 192, 384],
    heads: 8,
    ...edgenext,
    stem: { kernel: 9, padding: 4 },
    biased: { stemAndDepthwise: false, split: false, downsample: false },
    downsample: 'depthwise',
  },
];

/** Widths of the parts that an attention block splits its channels into (torch.chunk): only the last may be smaller. */
export function splitWidths(channels: number, parts: number): number[] {
  const width = Math.ceil(channels / parts);
  const count = Math.ceil(channels / width);
  return Array.from({ length: count }, (_, part) => Math.min(width, channels - part * width));
}

/** Whether this block of this stage is the attention block. */
export function isAttentionBlock(architecture: Architecture, stage: number, block: number): boolean {
  return architecture.splits[stage]! > 0 && block === architecture.depths[stage]! - 1;
}
