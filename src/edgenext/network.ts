/**
 * EdgeNeXt as it is computed: a checkpoint after folding. What differs between the variants (batch norm, biases, order of
 * norm and attention) has become data here, so that one graph writer serves them all.
 */

/** y = x · weight + bias, with weight [inputs, outputs] row-major. */
export interface Linear {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Convolution, weight [outputs, inputs / groups, kernel, kernel] as ONNX has it. */
export interface Convolution {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly groups: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/**
 * Normalisation over the channels of a token; what could be folded of its affine part into the next layer is gone.
 * `length` is the same in another form: see length-norm.
 */
export type LayerNorm =
  | { readonly kind: 'affine'; readonly scale: Float32Array; readonly bias: Float32Array | null }
  | {
      readonly kind: 'length';
      /** Before the division; null where the layer before does it. */
      readonly centre: Linear | null;
      readonly after: Linear | null;
    };

/** A factor and a summand a channel. */
export interface Affine {
  readonly scale: Float32Array;
  readonly bias: Float32Array;
}

export interface Mlp {
  readonly norm: LayerNorm | null;
  readonly expand: Linear;
  readonly activation: 'gelu' | 'hardswish';
  readonly project: Linear;
}

export interface ConvBlock {
  readonly kind: 'conv';
  readonly name: string;
  readonly depthwise: Convolution;
  readonly mlp: Mlp;
}

export interface AttentionBlock {
  readonly kind: 'attention';
  readonly name: string;
  /** Widths of the parts of the channels; the last part passes unchanged. */
  readonly widths: readonly number[];
  readonly convs: readonly Convolution[];
  /** Applied to the residual stream itself, before the positions. */
  readonly trunk: Affine | null;
  /** Projects the Fourier encoding of the position: [64, channels]. */
  readonly position: Linear | null;
  readonly norm: LayerNorm | null;
  readonly heads: number;
  readonly qkv: Linear;
  /** One factor a head. */
  readonly temperature: Float32Array;
  readonly project: Linear;
  readonly mlp: Mlp;
}

/** `patch` layers take non-overlapping square patches: space to depth and a linear layer of (row, column, channel) inputs. */
export type Stem =
  | { readonly kind: 'patch'; readonly patch: number; readonly linear: Linear; readonly norm: LayerNorm | null }
  | {
      readonly kind: 'conv';
      /** Subtracted from the pixels, so that the padding's zeros are what they were in training. */
      readonly mean: Float32Array;
      readonly conv: Convolution;
      readonly norm: LayerNorm | null;
    };

/** A linear layer of 2 x 2 patches. */
export interface Downsample {
  readonly norm: LayerNorm | null;
  readonly linear: Linear;
}

export interface Stage {
  readonly name: string;
  readonly channels: number;
  readonly downsample: Downsample | null;
  readonly blocks: readonly (ConvBlock | AttentionBlock)[];
}

export interface Network {
  readonly variant: string;
  readonly classes: number;
  readonly parameters: number;
  readonly stem: Stem;
  readonly stages: readonly Stage[];
  /** After the mean over all positions. */
  readonly head: { readonly norm: LayerNorm | null; readonly linear: Linear };
}

/** The depth-wise convolutions in the order of computation. */
export function convolutionsOf({ stages }: Network): Convolution[] {
  return stages.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === 'conv' ? [block.depthwise] : block.convs)),
  );
}
