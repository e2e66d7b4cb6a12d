/**
 * Checkpoints from a Hugging Face-compatible host. Promises: what is fetched is pinned by a commit, whatever was asked for;
 * a download that broke goes on where it stopped; a file is used only when it is complete and has the host's sha-256.
 * When the host is slow: progress is reported, an answer that stalls is asked for again, after six attempts it is an error.
 * To test: a server in the test's own process, HF_ENDPOINT in the environment that is handed in.
 */
import { join } from 'node:path';
import { configurationError, modelError } from '../errors.js';
import { withAttempts } from './attempts.js';
import { createHubClient, type HubClient } from './client.js';
import { type DownloadTools, download } from './download.js';
import { type HubModelConfig, parseModelConfig } from './model-config.js';
import { type HubReference, isCommit, parseHubReference } from './reference.js';
import { isAbsentFile, refusalOf } from './refusals.js';
import { getText } from './small-file.js';

export interface HubCheckpoint {
  /** Where the weights lie. */
  readonly file: string;
  readonly sha256: string;
  readonly commit: string;
  /** What was asked for, if it was no commit. */
  readonly branch: string | null;
  /** `hf:OWNER/NAME@COMMIT/FILE` */
  readonly origin: string;
  readonly config: HubModelConfig | null;
}

export interface HubOptions extends Omit<DownloadTools, 'progress'> {
  /** HF_ENDPOINT and HF_TOKEN. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cacheFolder: string;
  progress(file: string, receivedBytes: number, totalBytes: number | null): void;
}

/** In the order of preference. */
const WEIGHTS = ['model.safetensors', 'pytorch_model.bin'];
const CONFIG = 'config.json';

/** Throws configuration errors about what was asked for (`hub-not-found`, …), model errors about what came. */
export async function fetchHubCheckpoint(text: string, options: HubOptions): Promise<HubCheckpoint> {
  const reference = parseHubReference(text);
  const client = createHubClient(options.env);
  const { commit, config } = await pin(client, reference, options);
  const { owner, name, revision } = reference;
  for (const weights of WEIGHTS) {
    const file = join(options.cacheFolder, `${owner}--${name}`, commit, weights);
    const pinned = { ...reference, revision: commit };
    const tools = {
      ...options,
      progress: (received: number, total: number | null) => options.progress(weights, received, total),
    };
    const ask = (headers: Readonly<Record<string, string>>, signal: AbortSignal) =>
      client.get(pathOf(pinned, weights), headers, signal);
    const outcome = await download(ask, file, tools);
    if (!(outcome instanceof Response)) {
      const origin = `hf:${owner}/${name}@${commit}/${weights}`;
      return { file, sha256: outcome.sha256, commit, branch: isCommit(revision) ? null : revision, origin, config };
    }
    await outcome.body?.cancel();
    if (!isAbsentFile(outcome)) throw refusalOf(outcome, pinned, weights);
  }
  throw configurationError('hub-not-found', `hf:${owner}/${name}@${commit} has none of ${WEIGHTS.join(', ')}`, {
    commit,
  });
}

/** The commit that a revision stands for, and the configuration that it has. */
async function pin(client: HubClient, reference: HubReference, options: HubOptions) {
  const { owner, name, revision } = reference;
  const { answer, text } = await withAttempts(options, () =>
    getText(client, pathOf(reference, CONFIG), options.stallMs),
  );
  const { response } = answer;
  if (!response.ok && !isAbsentFile(response)) throw refusalOf(response, reference, CONFIG);
  const commit =
    answer.commit !== null && isCommit(answer.commit) ? answer.commit : await askForCommit(client, reference, options);
  if (isCommit(revision) && commit !== revision)
    throw modelError('hub-corrupt', `asked for ${revision} of hf:${owner}/${name}, the host gives ${commit}`, {
      commit,
    });
  return { commit, config: response.ok ? parseModelConfig(text, `hf:${owner}/${name}@${commit}/${CONFIG}`) : null };
}

/** For hosts that don't say it with every file. */
async function askForCommit(client: HubClient, reference: HubReference, options: HubOptions): Promise<string> {
  const { owner, name, revision } = reference;
  if (isCommit(revision)) return revision;
  const path = `api/models/${owner}/${name}/revision/${encodeURIComponent(revision)}`;
  const { answer, text } = await withAttempts(options, () => getText(client, path, options.stallMs));
  if (!answer.response.ok) throw refusalOf(answer.response, reference, path);
  const sha = /"sha":\s*"([0-9a-f]{40})"/.exec(text)?.[1];
  if (sha !== undefined) return sha;
  throw modelError(
    'hub-unpinned',
    `the host does not say which commit ${revision} of hf:${owner}/${name} is; name one`,
    {
      revision,
    },
  );
}

const pathOf = ({ owner, name, revision }: HubReference, file: string): string =>
  `${owner}/${name}/resolve/${encodeURIComponent(revision)}/${file}`;
