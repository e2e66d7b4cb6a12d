import { createHash } from 'node:crypto';
import { buildNetwork } from '../edgenext/build-network.js';
import { type Checkpoint, readCheckpoint } from '../edgenext/checkpoint.js';
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
  parseRangeMethod,
  parseRelease,
  parseSizes,
  parseVersion,
} from './build-options.js';
import { type HubEnvironment, openCheckpoint } from './checkpoint-source.js';
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
export async function modelBuild(
  options: ModelBuildOptions,
  print: (text: string) => void,
  env: HubEnvironment = process.env,
): Promise<ModelPackage> {
  const release = parseRelease(options.release);
  const presets = parsePresets(options.graphs, options.calibrate !== undefined);
  const rangeMethod = parseRangeMethod(options.ranges);
  const { bytes, origin, config, notes } = await openCheckpoint(options.checkpoint, env);
  const sizes = parseSizes(options.size, config?.size);
  const quality = (options.quality ?? []).map((text) => parseQuality(text, sizes));
  const input = parseFit(options.fit, options.cropPct, config);
  const normalisation = config?.normalisation ?? NORMALISATION;
  const checkpoint = readCheckpoint(bytes, options.checkpoint);
  const labels = await readLabels(options.labels, checkpoint.classes, config?.labels);
  const pictures = options.golden === undefined ? [] : await readGoldenPictures(options.golden);
  const network = buildNetwork(checkpoint, normalisation);

  const name = parseName(options.name ?? `edgenext-${network.variant.replaceAll('_', '-')}`);
  const version = parseVersion(options.version);
  const writer = await createPackageWriter(options.out ?? `${name}-${version}`);
  try {
    const contract: Manifest['input'] = {
      colour: 'rgb',
      ...input,
      interpolation: 'bicubic',
      mean: [...normalisation.mean],
      std: [...normalisation.std],
    };
    const view: View = { rotate: 0, region: null, ...input };
    const metadata = { name, version, input: JSON.stringify(contract) };
    const request = { network, sizes, presets, view, pictures: options.calibrate, rangeMethod, quality, metadata };
    const rungs = await buildGraphs(writer, request);
    const draft: ManifestDraft = {
      ...{ name, version, release, task: 'classify', labels, input: contract, rungs },
      golden: await writeGolden(writer, rungs, view, labels, pictures),
      requires: { daemon: REQUIRED_DAEMON },
      source: {
        checkpoint: origin,
        ...(checkpoint.part && { part: checkpoint.part.name }),
        sha256: createHash('sha256').update(bytes).digest('hex'),
        licence: options.licence ?? 'not stated',
        ...(options.attribution !== undefined && { attribution: options.attribution }),
      },
    };
    const built = await writer.finish(draft);
    print(describe(built, checkpoint, notes));
    return built;
  } finally {
    await writer.discard();
  }
}

function describe(
  { folder, manifest, digest }: ModelPackage,
  { naming, part }: Checkpoint,
  notes: readonly string[],
): string {
  const { name, version, labels, rungs, golden, files } = manifest;
  const megabytes = files.reduce((sum, { size }) => sum + size, 0) / 1e6;
  const lines = [
    `${name} ${version}: ${labels.length} classes, from a checkpoint with ${naming} names`,
    ...notes.map((note) => `  ${note}`),
    ...(part ? [`  ${partNote(part)}`] : []),
    ...rungs.map(
      ({ id, width, height, macs, graphs }) =>
        `  ${id}: ${width}x${height}, ${((macs ?? 0) / 1e6).toFixed(1)} M multiply-adds, graphs ${graphs.map((graph) => graph.id).join(', ')}`,
    ),
    `  ${golden.length} golden pictures, ${files.length} files, ${megabytes.toFixed(1)} MB`,
    `  ${folder} (manifest ${digest.slice(0, 12)})`,
  ];
  return `${lines.join('\n')}\n`;
}

function partNote({ name, averaged, passedOver }: NonNullable<Checkpoint['part']>): string {
  const others = passedOver.length > 0 ? ` (not from ${passedOver.join(', ')})` : '';
  return `weights from "${name}"${averaged ? ', the averaged ones' : ''}${others}`;
}
