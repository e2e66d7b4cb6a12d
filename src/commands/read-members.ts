import { createHash } from 'node:crypto';
import { buildNetwork } from '../edgenext/build-network.js';
import { type Checkpoint, readCheckpoint } from '../edgenext/checkpoint.js';
import type { Network } from '../edgenext/network.js';
import { configurationError } from '../errors.js';
import type { HubModelConfig } from '../hub/model-config.js';
import type { Manifest, Rung } from '../model/manifest.js';
import { type InputSize, type ModelBuildOptions, parseFit, parseSizes } from './build-options.js';
import { type HubEnvironment, openCheckpoint } from './checkpoint-source.js';
import { readLabels } from './read-labels.js';

/** A checkpoint of a package: one network at one or several sizes. */
export interface Member {
  readonly checkpoint: Checkpoint;
  readonly network: Network;
  readonly sizes: readonly InputSize[];
  readonly source: NonNullable<Rung['source']>;
  /** For whoever builds. */
  readonly notes: readonly string[];
}

/** Checkpoints that answer to the same question, so that any may take the place of another while the daemon runs. */
export interface Members {
  readonly members: readonly [Member, ...Member[]];
  readonly labels: readonly string[];
  readonly input: Manifest['input'];
}

interface Opened extends Member {
  /** As typed. */
  readonly path: string;
  readonly config: HubModelConfig | null;
  readonly input: Manifest['input'];
}

/** Of ImageNet, which every known EdgeNeXt was trained with. */
const NORMALISATION: NonNullable<HubModelConfig['normalisation']> = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/**
 * Reads all checkpoints, in the order in which they were named.
 * @throws configuration error `checkpoints-differ` unless all have the same classes and input contract, and each a variant of
 * its own; errors about options, files and each checkpoint.
 */
export async function readMembers(options: ModelBuildOptions, env: HubEnvironment): Promise<Members> {
  const [path, ...paths] = options.checkpoints;
  if (path === undefined)
    throw configurationError('option-missing', 'no checkpoint: name a file or hf:OWNER/NAME@REVISION', {});
  const first = await open(path, options, env);
  const members: [Opened, ...Opened[]] = [first];
  for (const other of paths) {
    const member = await open(other, options, env);
    for (const known of members) refuseDifferent(known, member);
    members.push(member);
  }
  const stated = statedLabels(options.labels === undefined ? members : []);
  const labels = await readLabels(options.labels, first.network.classes, stated);
  return { members, labels, input: first.input };
}

async function open(path: string, options: ModelBuildOptions, env: HubEnvironment): Promise<Opened> {
  const { bytes, origin, config, notes } = await openCheckpoint(path, env);
  const sizes = parseSizes(options.size, config?.size);
  const fit = parseFit(options.fit, options.cropPct, config);
  const { mean, std } = config?.normalisation ?? NORMALISATION;
  const checkpoint = readCheckpoint(bytes, path);
  return {
    ...{ path, config, notes, sizes, checkpoint },
    network: buildNetwork(checkpoint, { mean, std }),
    input: { colour: 'rgb', ...fit, interpolation: 'bicubic', mean: [...mean], std: [...std] },
    source: {
      checkpoint: origin,
      ...(checkpoint.part && { part: checkpoint.part.name }),
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
  };
}

function refuseDifferent(a: Opened, b: Opened): void {
  if (a.network.classes !== b.network.classes)
    throw differ(a, b, 'the same classes', `${a.network.classes} and ${b.network.classes}`);
  if (a.network.variant === b.network.variant)
    throw differ(a, b, 'one checkpoint of each variant', `two of ${a.network.variant}; build a package of each`);
  const [ofA, ofB] = [a, b].map(({ input }) => JSON.stringify(input));
  if (ofA !== ofB) throw differ(a, b, 'one input contract (--fit and --crop-pct set it for all)', `${ofA} and ${ofB}`);
}

/** null: nobody states them. */
function statedLabels(members: readonly Opened[]): readonly string[] | null {
  const stating = members.filter(({ config }) => config?.labels);
  const [first, ...others] = stating;
  const other = others.find(({ config }) => config?.labels?.join('\n') !== first?.config?.labels?.join('\n'));
  if (first && other) throw differ(first, other, 'the same labels', 'others; name them with --labels FILE');
  return first?.config?.labels ?? null;
}

const differ = (a: Opened, b: Opened, expected: string, received: string) =>
  configurationError(
    'checkpoints-differ',
    `${a.path} and ${b.path} can't be in one package: expected ${expected}, received ${received}`,
    { checkpoints: [a.path, b.path] },
  );
