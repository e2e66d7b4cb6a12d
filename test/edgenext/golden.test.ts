import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork } from '../../src/edgenext/build-network.js';
import { readCheckpoint } from '../../src/edgenext/checkpoint.js';
import { writeGraph } from '../../src/edgenext/graph.js';
import type { Naming } from '../../src/edgenext/names.js';
import { SharedWeights } from '../../src/onnx/shared-weights.js';
import { generatedCheckpoint, generatedImage } from './generated-checkpoint.js';

interface Golden {
  readonly naming: Naming;
  readonly variant: string;
  readonly size: number;
  readonly parameters: number;
  readonly logits: readonly number[];
}

const FOLDER = new URL('../fixtures/golden/', import.meta.url);
const CASES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => ({ file, golden: JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Golden }));

const FLOAT32 = { precisions: new Map(), ranges: new Map(), metadata: {} };
const NORMALISATION = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

describe('the float32 graph against the reference implementation', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'golden-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(CASES)('$file', async ({ file, golden }) => {
    const variant = golden.variant.replace(/^edgenext_/, '');
    const checkpoint = readCheckpoint(generatedCheckpoint(variant, golden.logits.length, golden.naming), file);
    expect(checkpoint).toMatchObject({ classes: 1000, naming: golden.naming, parameters: golden.parameters });
    expect(checkpoint.architecture.variant).toBe(variant);

    const weights = new SharedWeights('weights.bin');
    const size = { width: golden.size, height: golden.size };
    const graph = writeGraph(buildNetwork(checkpoint, NORMALISATION), size, weights, FLOAT32);
    await writeFile(join(folder, 'graph.onnx'), graph);
    await writeFile(join(folder, 'weights.bin'), weights.toBytes());
    const session = await InferenceSession.create(join(folder, 'graph.onnx'));
    const image = new Tensor('uint8', generatedImage(golden.size), [1, golden.size, golden.size, 3]);
    const { logits } = await session.run({ image });
    await session.release();
    const errors = golden.logits.map((value, at) => Math.abs(value - Number(logits!.data[at])));
    expect(Math.max(...errors)).toBeLessThan(5e-5);
  });
});
