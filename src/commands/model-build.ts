import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { buildNetwork } from '../edgenext/build-network.js';
import { readCheckpoint } from '../edgenext/checkpoint.js';
import { countMacs } from '../edgenext/cost.js';
import { writeGraph } from '../edgenext/graph.js';
import type { Network } from '../edgenext/network.js';
import { configurationError } from '../errors.js';
import type { View } from '../frame.js';
import type { Manifest, ModelPackage, Rung } from '../model/manifest.js';
import { createPackageWriter, type ManifestDraft, type PackageWriter } from '../model/package-writer.js';
import { SharedWeights } from '../onnx/shared-weights.js';
import {
  type InputSize,
  type ModelBuildOptions,
  parseFit,
  parseName,
  parseQuality,
  parseRelease,
  parseSizes,
  parseVersion,
  type StatedQuality,
} from './build-options.js';
import { bestOf, type GoldenPicture, readGoldenPictures, scorePictures } from './golden-scores.js';
import { readLabels } from './read-labels.js';

/** Of ImageNet, which every known EdgeNeXt was trained with. */
const NORMALISATION = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const REQUIRED_DAEMON = '>=0.1.0';

/**
 * `edgenextd model build`: a checkpoint becomes a package. Everything is checked before, and nothing is left behind by a
 * build that failed. The same checkpoint and options give the same files, bit for bit; the golden scores, and with them
 * the manifest, on the same machine type and runtime.
 * @throws configuration errors about options and files, model errors about the checkpoint.
 */
export async function modelBuild(options: ModelBuildOptions, print: (text: string) => void): Promise<ModelPackage> {
  const sizes = parseSizes(options.size);
  const quality = (options.quality ?? []).map((text) => parseQuality(text, sizes));
  const input = parseFit(options.fit, options.cropPct);
  const release = parseRelease(options.release);
  const bytes = await readFile(options.checkpoint).catch((cause) => {
    throw configurationError('checkpoint-missing', `checkpoint ${options.checkpoint}: ${String(cause)}`, {}, cause);
  });
  const checkpoint = readCheckpoint(bytes, options.checkpoint);
  const labels = await readLabels(options.labels, checkpoint.classes);
  const pictures = options.golden === undefined ? [] : await readGoldenPictures(options.golden);
  const network = buildNetwork(checkpoint, { mean: [...NORMALISATION.mean], std: [...NORMALISATION.std] });

  const name = parseName(options.name ?? `edgenext-${network.variant.replaceAll('_', '-')}`);
  const version = parseVersion(options.version);
  const writer = await createPackageWriter(options.out ?? `${name}-${version}`);
  try {
    const contract: Manifest['input'] = {
      colour: 'rgb',
      ...input,
      interpolation: 'bicubic',
      mean: [...NORMALISATION.mean],
      std: [...NORMALISATION.std],
    };
    const metadata = { name, version, input: JSON.stringify(contract) };
    const rungs = await writeGraphs(writer, network, sizes, quality, metadata);
    const draft: ManifestDraft = {
      ...{ name, version, release, task: 'classify', labels, input: contract, rungs },
      golden: await writeGolden(writer, rungs, { rotate: 0, region: null, ...input }, labels, pictures),
      requires: { daemon: REQUIRED_DAEMON },
      source: {
        checkpoint: basename(options.checkpoint),
        sha256: createHash('sha256').update(bytes).digest('hex'),
        licence: options.licence ?? 'not stated',
        ...(options.attribution !== undefined && { attribution: options.attribution }),
      },
    };
    const built = await writer.finish(draft);
    print(describe(built, checkpoint.naming));
    return built;
  } finally {
    await writer.discard();
  }
}

/** One float32 graph a size; the weights lie once in a file of their own. */
async function writeGraphs(
  writer: PackageWriter,
  network: Network,
  sizes: readonly InputSize[],
  quality: readonly StatedQuality[],
  metadata: Readonly<Record<string, string>>,
): Promise<Rung[]> {
  const weights = new SharedWeights(`${network.variant}.float32.weights`);
  const rungs: Rung[] = [];
  for (const size of sizes) {
    const id = `${network.variant}-${size.id}`;
    const measured = quality.filter((entry) => entry.size === size.id).map(({ size: _, ...entry }) => entry);
    const file = `${id}.float32.onnx`;
    const options = { precisions: new Map(), ranges: new Map(), metadata: { ...metadata, rung: id, graph: 'float32' } };
    await writer.add(file, writeGraph(network, size, weights, options));
    rungs.push({
      ...{ id, variant: network.variant, width: size.width, height: size.height },
      parameters: network.parameters,
      macs: countMacs(network, size),
      graphs: [{ id: 'float32', file, weights: [weights.file], precision: 'float32', quality: measured }],
    });
  }
  await writer.add(weights.file, weights.toBytes());
  return rungs;
}

async function writeGolden(
  writer: PackageWriter,
  rungs: readonly Rung[],
  view: View,
  labels: readonly string[],
  pictures: readonly GoldenPicture[],
): Promise<Manifest['golden']> {
  const golden: Manifest['golden'] = [];
  for (const { name, bytes, scores } of await scorePictures(writer.folder, rungs, view, pictures)) {
    const file = `golden/${name}`;
    await writer.add(file, bytes);
    golden.push({ file, label: labels[bestOf(scores)] ?? '', scores });
  }
  return golden;
}

function describe({ folder, manifest, digest }: ModelPackage, naming: string): string {
  const { name, version, labels, rungs, golden, files } = manifest;
  const megabytes = files.reduce((sum, { size }) => sum + size, 0) / 1e6;
  const lines = [
    `${name} ${version}: ${labels.length} classes, from a checkpoint with ${naming} names`,
    ...rungs.map(
      ({ id, width, height, macs, graphs }) =>
        `  ${id}: ${width}x${height}, ${(macs / 1e6).toFixed(1)} M multiply-adds, graphs ${graphs.map((graph) => graph.id).join(', ')}`,
    ),
    `  ${golden.length} golden pictures, ${files.length} files, ${megabytes.toFixed(1)} MB`,
    `  ${folder} (manifest ${digest.slice(0, 12)})`,
  ];
  return `${lines.join('\n')}\n`;
}
