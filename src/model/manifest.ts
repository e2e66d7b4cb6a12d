import { z } from 'zod';

/**
 * `manifest.json` of a model package: all that the daemon and other tools need to know about it.
 * Paths are relative to the package's folder and stay inside it.
 */
const relativePath = z
  .string()
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[A-Za-z0-9._/-]+$/, 'a relative path inside the package');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha-256 in hex');
const identifier = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, 'lower-case letters, digits, "_", "." and "-"');

const quality = z.strictObject({
  metric: z.string(),
  value: z.number(),
  images: z.int().positive(),
  data: z.string().describe('what was measured on, with its digest where it is a folder'),
});

const graph = z.strictObject({
  id: identifier,
  file: relativePath,
  weights: z.array(relativePath).describe('external data that the graph refers to'),
  precision: z.enum(['float32', 'int8']),
  quality: z.array(quality),
});

const origin = {
  checkpoint: z.string().describe('a file name, or hf:OWNER/NAME@COMMIT/FILE'),
  part: z.string().optional().describe('entry of a training checkpoint that the weights are from: model_ema'),
  sha256,
};

const rung = z.strictObject({
  id: identifier,
  variant: z.string().describe('of EdgeNeXt, such as xx_small; "foreign" for any other network'),
  width: z.int().positive(),
  height: z.int().positive(),
  parameters: z.int().positive(),
  macs: z.int().positive().nullable().describe('multiply-adds for one picture; null where nobody counted them'),
  graphs: z.array(graph).min(1),
  source: z.strictObject(origin).optional().describe("where it isn't that of the package"),
});

export const manifestSchema = z.strictObject({
  schema: z.literal(1),
  name: identifier,
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'major.minor.patch'),
  release: z.int().positive().describe('release counter: only ever rises'),
  task: z.literal('classify'),
  labels: z.array(z.string().min(1)).min(2).describe('names of the classes, in the order of the outputs'),
  input: z.strictObject({
    colour: z.literal('rgb'),
    fit: z.enum(['crop', 'squash', 'letterbox']),
    cropPct: z.number().gt(0).max(1),
    interpolation: z.literal('bicubic'),
    mean: z.tuple([z.number(), z.number(), z.number()]),
    std: z.tuple([z.number(), z.number(), z.number()]),
  }),
  rungs: z.array(rung).min(1),
  golden: z
    .array(
      z.strictObject({
        file: relativePath,
        label: z.string(),
        scores: z.record(z.string(), z.array(z.number())).describe('float32 scores (probabilities) by rung'),
      }),
    )
    .describe('pictures whose answers prove that a board computes right'),
  files: z.array(z.strictObject({ path: relativePath, size: z.int().nonnegative(), sha256 })),
  requires: z.strictObject({ daemon: z.string() }),
  boards: z.array(z.string()).optional().describe('boards it is for; none: any'),
  source: z.strictObject({
    ...origin,
    licence: z.string(),
    attribution: z.string().optional(),
  }),
  thresholds: z.strictObject({ minScore: z.number().optional(), minMargin: z.number().optional() }).optional(),
  smoothing: z.strictObject({ holdMs: z.number().optional(), releaseMs: z.number().optional() }).optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Rung = Manifest['rungs'][number];
export type Graph = Rung['graphs'][number];

/** A package on disk whose manifest was read and whose files were checked. */
export interface ModelPackage {
  readonly folder: string;
  readonly manifest: Manifest;
  /** sha-256 of manifest.json. */
  readonly digest: string;
}
