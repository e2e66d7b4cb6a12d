import type { Checkpoint } from './checkpoint.js';
import { affineOfBatchNorm, foldAfterConvolution, foldLinear, foldPatches } from './fold.js';
import { useLengthNorms } from './length-norm.js';
import type {
  Affine,
  AttentionBlock,
  ConvBlock,
  Convolution,
  LayerNorm,
  Linear,
  Mlp,
  Network,
  Stage,
  Stem,
} from './network.js';
import { isAttentionBlock, NORM_EPSILON, STEM_STRIDE, splitWidths } from './variants.js';

/** Mean and standard deviation of each colour, of pixels scaled to 0 … 1, that the network was trained with. */
export interface Normalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Folds a checkpoint into the network that is computed. The input is then RGB in 0 … 255. */
export function buildNetwork(checkpoint: Checkpoint, normalisation: Normalisation): Network {
  const { architecture, classes, parameters, tensors } = checkpoint;
  const get = (name: string): Float32Array => tensors.get(name)!;
  const isBatchNorm = architecture.norm === 'batch';

  /** The part of a norm that acts on the next layer's inputs, and the part that must be computed. */
  const splitNorm = (name: string): { affine: Affine; computed: LayerNorm | null } => {
    const [weight, bias] = [get(`${name}.weight`), get(`${name}.bias`)];
    if (!isBatchNorm) return { affine: { scale: weight, bias }, computed: plainNorm(weight.length) };
    const [mean, variance] = [get(`${name}.running_mean`), get(`${name}.running_var`)];
    return { affine: affineOfBatchNorm({ weight, bias, mean, variance }, NORM_EPSILON.batch), computed: null };
  };

  const linear = (name: string, around: { before?: Affine; after?: Float32Array }): Linear =>
    foldLinear(name, get(`${name}.weight`), get(`${name}.bias`), around);

  const depthwise = (name: string, kernel: number, inputs: number, stride: number): Convolution => {
    const weight = get(`${name}.weight`);
    const outputs = weight.length / (kernel * kernel);
    const bias = tensors.get(`${name}.bias`) ?? new Float32Array(outputs);
    return { name, inputs, outputs, groups: inputs, kernel, stride, padding: Math.floor(kernel / 2), weight, bias };
  };

  const mlp = (prefix: string, before: Affine | undefined, norm: LayerNorm | null): Mlp => ({
    norm,
    expand: linear(`${prefix}.mlp.fc1`, before ? { before } : {}),
    activation: architecture.activation,
    project: linear(`${prefix}.mlp.fc2`, { after: get(`${prefix}.gamma`) }),
  });

  const convBlock = (prefix: string, kernel: number, inputs: number, stride: number): ConvBlock => {
    const { affine, computed } = splitNorm(`${prefix}.norm`);
    const conv = depthwise(`${prefix}.conv_dw`, kernel, inputs, stride);
    return isBatchNorm
      ? { kind: 'conv', name: prefix, depthwise: foldAfterConvolution(conv, affine), mlp: mlp(prefix, undefined, null) }
      : { kind: 'conv', name: prefix, depthwise: conv, mlp: mlp(prefix, affine, computed) };
  };

  const attentionBlock = (prefix: string, stage: number): AttentionBlock => {
    const widths = splitWidths(architecture.dims[stage]!, architecture.splits[stage]!);
    const attention = splitNorm(`${prefix}.norm_xca`);
    const inBranch = architecture.attentionNorm === 'branch';
    const second = splitNorm(`${prefix}.norm`);
    return {
      kind: 'attention',
      name: prefix,
      widths,
      convs: widths.slice(0, -1).map((width, part) => depthwise(`${prefix}.convs.${part}`, 3, width, 1)),
      trunk: inBranch ? null : attention.affine,
      position: architecture.positions[stage] ? linear(`${prefix}.pos_embd.token_projection`, {}) : null,
      norm: inBranch ? attention.computed : null,
      heads: architecture.heads,
      qkv: linear(`${prefix}.xca.qkv`, inBranch ? { before: attention.affine } : {}),
      temperature: get(`${prefix}.xca.temperature`),
      project: linear(`${prefix}.xca.proj`, { after: get(`${prefix}.gamma_xca`) }),
      mlp: mlp(prefix, second.affine, second.computed),
    };
  };

  const stage = (channels: number, index: number): Stage => {
    const isPatch = index > 0 && architecture.downsample === 'patch';
    const isStrided = index > 0 && architecture.downsample === 'depthwise';
    const inputs = index > 0 ? architecture.dims[index - 1]! : channels;
    const blocks = Array.from({ length: architecture.depths[index]! }, (_, block) => {
      const prefix = `stages.${index}.blocks.${block}`;
      if (isAttentionBlock(architecture, index, block)) return attentionBlock(prefix, index);
      const first = isStrided && block === 0;
      return convBlock(prefix, architecture.kernels[index]!, first ? inputs : channels, first ? 2 : 1);
    });
    return {
      name: `stages.${index}`,
      channels,
      downsample: isPatch ? downsample(index, inputs, channels) : null,
      blocks,
    };
  };

  const downsample = (index: number, inputs: number, outputs: number) => {
    const name = `stages.${index}.downsample`;
    const { affine, computed } = splitNorm(`${name}.0`);
    const shape = { outputs, channels: inputs, patch: 2 };
    const [weight, bias] = [get(`${name}.1.weight`), tensors.get(`${name}.1.bias`)];
    return { norm: computed, linear: foldPatches(`${name}.1`, weight, shape, bias, affine) };
  };

  const stem = (): Stem => {
    const { kernel, padding } = architecture.stem;
    const outputs = architecture.dims[0];
    const [weight, bias] = [get('stem.0.weight'), tensors.get('stem.0.bias')];
    const { affine } = splitNorm('stem.1');
    const scale = Float32Array.from(normalisation.std, (std) => 1 / (255 * std));
    if (padding === 0) {
      const pixels = { scale, bias: Float32Array.from(normalisation.mean, (mean, c) => -mean / normalisation.std[c]!) };
      const shape = { outputs, channels: 3, patch: kernel };
      const folded = foldPatches('stem.0', weight, shape, bias, pixels, isBatchNorm ? affine : undefined);
      return { kind: 'patch', patch: kernel, linear: folded, norm: isBatchNorm ? null : { kind: 'affine', ...affine } };
    }
    const taps = kernel * kernel;
    return {
      kind: 'conv',
      mean: Float32Array.from(normalisation.mean, (mean) => 255 * mean),
      conv: {
        name: 'stem.0',
        ...{ inputs: 3, outputs, groups: 1, kernel, stride: STEM_STRIDE, padding },
        weight: weight.map((value, at) => value * scale[Math.floor(at / taps) % 3]!),
        bias: bias ?? new Float32Array(outputs),
      },
      norm: { kind: 'affine', ...affine },
    };
  };

  const head = splitNorm('head.norm');
  return useLengthNorms({
    variant: architecture.variant,
    classes,
    parameters,
    stem: stem(),
    stages: architecture.dims.map(stage),
    head: { norm: head.computed, linear: linear('head.fc', { before: head.affine }) },
  });
}

function plainNorm(channels: number): LayerNorm {
  return { kind: 'affine', scale: new Float32Array(channels).fill(1), bias: null };
}
