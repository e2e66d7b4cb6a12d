import { z } from 'zod';
import { modelError } from '../errors.js';

/** What a repository's `config.json` says about its model; null: nothing. */
export interface HubModelConfig {
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly fit: 'crop' | 'squash' | 'letterbox' | null;
  readonly cropPct: number | null;
  readonly interpolation: string | null;
  readonly normalisation: { readonly mean: Triple; readonly std: Triple } | null;
  readonly labels: readonly string[] | null;
}

type Triple = [number, number, number];

const triple = z.tuple([z.number(), z.number(), z.number()]);
/** By output, or by its number where there are gaps. */
const names = z.union([z.array(z.string().min(1)), z.record(z.string(), z.string().min(1))]);

/** timm's (`timm/models/_hub.py`, save_config_for_hf) and, for the classes, transformers' `id2label`. */
const pretrained = z.object({
  input_size: z.tuple([z.literal(3), z.int().positive(), z.int().positive()]).nullish(),
  crop_pct: z.number().gt(0).max(1).nullish(),
  crop_mode: z.string().nullish(),
  interpolation: z.string().nullish(),
  mean: triple.nullish(),
  std: triple.nullish(),
  label_names: names.nullish(),
});
const configSchema = pretrained.extend({ pretrained_cfg: pretrained.nullish(), id2label: names.nullish() });

/** timm's names for them. */
const FITS: Readonly<Record<string, 'crop' | 'squash' | 'letterbox'>> = {
  center: 'crop',
  squash: 'squash',
  border: 'letterbox',
};

/** Throws `hub-config-invalid`. Fields that we don't know are left alone. */
export function parseModelConfig(text: string, origin: string): HubModelConfig {
  const parsed = configSchema.safeParse(parseJson(text, origin));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
    throw modelError('hub-config-invalid', `${origin}: ${problems.join('; ')}`, { origin, problems });
  }
  const { data } = parsed;
  // Before 2023 timm wrote these fields at the top.
  const { input_size: size, crop_pct, crop_mode, interpolation, mean, std, label_names } = data.pretrained_cfg ?? data;
  return {
    size: size ? { width: size[2], height: size[1] } : null,
    fit: FITS[crop_mode ?? ''] ?? null,
    cropPct: crop_pct ?? null,
    interpolation: interpolation ?? null,
    normalisation: mean && std ? { mean, std } : null,
    labels: labelsOf(data.label_names ?? label_names ?? data.id2label ?? null, origin),
  };
}

function labelsOf(given: z.infer<typeof names> | null, origin: string): string[] | null {
  if (given === null || Array.isArray(given)) return given;
  const count = Object.keys(given).length;
  const labels = Array.from({ length: count }, (_, index) => given[index]);
  if (labels.every((label) => label !== undefined)) return labels;
  throw modelError('hub-config-invalid', `${origin}: its class names are not numbered from 0 to ${count - 1}`, {
    origin,
  });
}

function parseJson(text: string, origin: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw modelError('hub-config-invalid', `${origin} is not JSON`, { origin }, cause);
  }
}
