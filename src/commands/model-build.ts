import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { buildNetwork } from '../edgenext/build-network.js';
import { readCheckpoint } from '../edgenext/checkpoint.js';
import { configurationError } from '../errors.js';
import type { View } from '../frame.js';
import type { Manifest, ModelPackage } from '../model/manifest.js';
import { createPackageWriter, type ManifestDraft } from '../model/package-writer.js';
import { buildGraphs } from './build-graphs.js';
import {
  type ModelBuildOptions,
  parseFit,
  parseName,
  parsePresets,
  parseQuality,
  parseRelease,
  parseSizes,
  parseVersion,
} from './build-options.js';
import { readGoldenPictures } from './golden-scores.js';
import { readLabels } from './read-labels.js';
import { writeGolden } from './write-golden.js';

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
  const presets = parsePresets(options.graphs, options.calibrate !== undefined);
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
    const view: View = { rotate: 0, region: null, ...input };
    const metadata = { name, version, input: JSON.stringify(contract) };
    const request = { network, sizes, presets, view, pictures: options.calibrate, quality, metadata };
    const rungs = await buildGraphs(writer, request);
    const draft: ManifestDraft = {
      ...{ name, version, release, task: 'classify', labels, input: contract, rungs },
      golden: await writeGolden(writer, rungs, view, labels, pictures),
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

function describe({ folder, manifest, digest }: ModelPackage, naming: string): string {
  const { name, version, labels, rungs, golden, files } = manifest;
  const megabytes = files.reduce((sum, { size }) => sum + size, 0) / 1e6;
  const lines = [
    `${name} ${version}: ${labels.length} classes, from a checkpoint with ${naming} names`,
    ...rungs.map(
      ({ id, width, height, macs, graphs }) =>
        `  ${id}: ${width}x${height}, ${((macs ?? 0) / 1e6).toFixed(1)} M multiply-adds, graphs ${graphs.map((graph) => graph.id).join(', ')}`,
    ),
    `  ${golden.length} golden pictures, ${files.length} files, ${megabytes.toFixed(1)} MB`,
    `  ${folder} (manifest ${digest.slice(0, 12)})`,
  ];
  return `${lines.join('\n')}\n`;
}
