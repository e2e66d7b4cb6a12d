import type { Checkpoint } from '../edgenext/checkpoint.js';
import type { View } from '../frame.js';
import type { ModelPackage, Rung } from '../model/manifest.js';
import { createPackageWriter, type ManifestDraft } from '../model/package-writer.js';
import { buildGraphs, rungIdOf } from './build-graphs.js';
import {
  type ModelBuildOptions,
  parseName,
  parsePresets,
  parseQuality,
  parseRangeMethod,
  parseRelease,
  parseVersion,
} from './build-options.js';
import type { HubEnvironment } from './checkpoint-source.js';
import { readGoldenPictures } from './golden-scores.js';
import { type Member, readMembers } from './read-members.js';
import { writeGolden } from './write-golden.js';

const REQUIRED_DAEMON = '>=0.1.0';

/**
 * `edgenextd model build`: checkpoints become a package. Everything is checked before, and nothing is left behind by a
 * build that failed. The same checkpoints and options give the same files, bit for bit; the golden scores, and with them
 * the manifest, on the same machine type and runtime.
 * @throws configuration errors about options and files, model errors about a checkpoint.
 */
export async function modelBuild(
  options: ModelBuildOptions,
  print: (text: string) => void,
  env: HubEnvironment = process.env,
): Promise<ModelPackage> {
  const release = parseRelease(options.release);
  const presets = parsePresets(options.graphs, options.calibrate !== undefined);
  const rangeMethod = parseRangeMethod(options.ranges);
  const { members, labels, input } = await readMembers(options, env);
  const [{ network, source }] = members;
  const quality = (options.quality ?? []).map((text) => parseQuality(text, placesIn(members)));
  const pictures = options.golden === undefined ? [] : await readGoldenPictures(options.golden);

  const name = parseName(options.name ?? `edgenext-${network.variant.replaceAll('_', '-')}`);
  const version = parseVersion(options.version);
  const writer = await createPackageWriter(options.out ?? `${name}-${version}`);
  try {
    const view: View = { rotate: 0, region: null, fit: input.fit, cropPct: input.cropPct };
    const metadata = { name, version, input: JSON.stringify(input) };
    const request = { presets, view, labels, pictures: options.calibrate, rangeMethod, quality, metadata };
    const rungs: Rung[] = [];
    for (const member of members)
      for (const rung of await buildGraphs(writer, { ...request, network: member.network, sizes: member.sizes }))
        rungs.push(member.source === source ? rung : { ...rung, source: member.source });
    const draft: ManifestDraft = {
      ...{ name, version, release, task: 'classify', labels: [...labels], input, rungs },
      golden: await writeGolden(writer, rungs, view, labels, pictures),
      requires: { daemon: REQUIRED_DAEMON },
      source: {
        ...source,
        licence: options.licence ?? 'not stated',
        ...(options.attribution !== undefined && { attribution: options.attribution }),
      },
    };
    const built = await writer.finish(draft);
    print(describe(built, members));
    return built;
  } finally {
    await writer.discard();
  }
}

/** What a stated quality may be of: a rung; where there is one checkpoint, its size will do. */
const placesIn = (members: readonly Member[]): string[] =>
  members.flatMap(({ network, sizes }) => [
    ...(members.length === 1 ? sizes.map(({ id }) => id) : []),
    ...sizes.map((size) => rungIdOf(network, size)),
  ]);

function describe({ folder, manifest, digest }: ModelPackage, members: readonly Member[]): string {
  const { name, version, labels, rungs, golden, files } = manifest;
  const megabytes = files.reduce((sum, { size }) => sum + size, 0) / 1e6;
  const lines = [
    `${name} ${version}: ${labels.length} classes`,
    ...members.flatMap(({ checkpoint: { naming, part }, source, notes }) => [
      `  ${source.checkpoint}, with ${naming} names`,
      ...notes.map((note) => `  ${note}`),
      ...(part ? [`  ${partNote(part)}`] : []),
    ]),
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
