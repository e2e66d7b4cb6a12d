import { type Architecture, isAttentionBlock, MLP_RATIO, splitWidths } from './variants.js';

/** A tensor that a checkpoint must hold, by its timm name. */
export interface ExpectedTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Running statistics of a batch norm are no parameters. */
  readonly trained: boolean;
}

/** Number of channels of the Fourier encoding that the positional projection takes: 32 for the row, 32 for the column. */
export const POSITION_CHANNELS = 64;

/** Every tensor of the network under its timm name (BN-HS, which timm lacks, is named as timm would). */
export function expectedTensors(architecture: Architecture, classes: number): ExpectedTensor[] {
  const list: ExpectedTensor[] = [];
  const add = (name: string, ...dims: number[]) => list.push({ name, dims, trained: true });
  const { dims, biased, stem } = architecture;

  const norm = (name: string, channels: number) => {
    add(`${name}.weight`, channels);
    add(`${name}.bias`, channels);
    if (architecture.norm === 'batch')
      for (const statistic of ['running_mean', 'running_var'])
        list.push({ name: `${name}.${statistic}`, dims: [channels], trained: false });
  };
  const conv = (name: string, bias: boolean, ...shape: number[]) => {
    add(`${name}.weight`, ...shape);
    if (bias) add(`${name}.bias`, shape[0]!);
  };
  const mlp = (prefix: string, channels: number) => {
    conv(`${prefix}.mlp.fc1`, true, MLP_RATIO * channels, channels);
    conv(`${prefix}.mlp.fc2`, true, channels, MLP_RATIO * channels);
  };

  conv('stem.0', biased.stemAndDepthwise, dims[0], 3, stem.kernel, stem.kernel);
  norm('stem.1', dims[0]);
  dims.forEach((channels, stage) => {
    if (stage > 0 && architecture.downsample === 'patch') {
      norm(`stages.${stage}.downsample.0`, dims[stage - 1]!);
      conv(`stages.${stage}.downsample.1`, biased.downsample, channels, dims[stage - 1]!, 2, 2);
    }
    for (let block = 0; block < architecture.depths[stage]!; block++) {
      const prefix = `stages.${stage}.blocks.${block}`;
      add(`${prefix}.gamma`, channels);
      if (isAttentionBlock(architecture, stage, block)) {
        const widths = splitWidths(channels, architecture.splits[stage]!);
        widths.slice(0, -1).forEach((width, part) => {
          conv(`${prefix}.convs.${part}`, biased.split, width, 1, 3, 3);
        });
        if (architecture.positions[stage])
          conv(`${prefix}.pos_embd.token_projection`, true, channels, POSITION_CHANNELS, 1, 1);
        norm(`${prefix}.norm_xca`, channels);
        add(`${prefix}.gamma_xca`, channels);
        add(`${prefix}.xca.temperature`, architecture.heads, 1, 1);
        conv(`${prefix}.xca.qkv`, true, 3 * channels, channels);
        conv(`${prefix}.xca.proj`, true, channels, channels);
      } else {
        const kernel = architecture.kernels[stage]!;
        conv(`${prefix}.conv_dw`, biased.stemAndDepthwise, channels, 1, kernel, kernel);
      }
      norm(`${prefix}.norm`, channels);
      mlp(prefix, channels);
    }
  });
  norm('head.norm', dims[3]);
  conv('head.fc', true, classes, dims[3]);
  return list;
}
