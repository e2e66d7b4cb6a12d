import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createBackoff } from '../backoff.js';
import { configurationError } from '../errors.js';
import { fetchHubCheckpoint } from '../hub/hub.js';
import type { HubModelConfig } from '../hub/model-config.js';
import { isHubReference } from '../hub/reference.js';
import { createProgress, type Progress } from './progress.js';

/** A checkpoint's bytes, and what else its place says about it. */
export interface CheckpointSource {
  readonly bytes: Uint8Array;
  /** For the manifest: the file's name, or the hub's with commit and file. */
  readonly origin: string;
  readonly config: HubModelConfig | null;
  /** For whoever builds. */
  readonly notes: readonly string[];
}

/** HF_ENDPOINT, HF_TOKEN and where caches lie (XDG base directories). */
export type HubEnvironment = Readonly<Record<string, string | undefined>>;

const STALL_MS = 30_000;
const RETRY = { baseMs: 500, capMs: 4000, random: Math.random } as const;

/**
 * `checkpoint` is a file, or `hf:OWNER/NAME@REVISION`, which is fetched unless it is there already.
 * @throws `checkpoint-missing`, and what `fetchHubCheckpoint` throws.
 */
export async function openCheckpoint(checkpoint: string, env: HubEnvironment): Promise<CheckpointSource> {
  if (!isHubReference(checkpoint))
    return { bytes: await readBytes(checkpoint), origin: basename(checkpoint), config: null, notes: [] };
  const progress = createPercentProgress();
  try {
    const { file, sha256, commit, branch, origin, config } = await fetchHubCheckpoint(checkpoint, {
      env,
      cacheFolder: join(env.XDG_CACHE_HOME || join(env.HOME ?? homedir(), '.cache'), 'edgenextd', 'hub'),
      stallMs: STALL_MS,
      backoff: createBackoff(RETRY),
      wait: (delayMs) => delay(delayMs),
      progress: progress.report,
    });
    const notes = [`${origin}, sha-256 ${sha256}`];
    if (branch !== null)
      notes.unshift(`"${branch}" is commit ${commit} today; name the commit to build the same again`);
    if (config === null) notes.push('the repository has no config.json');
    const interpolation = config?.interpolation ?? 'bicubic';
    if (interpolation !== 'bicubic')
      notes.push(`it was evaluated with ${interpolation} interpolation, here it is bicubic`);
    return { bytes: await readBytes(file), origin, config, notes };
  } finally {
    progress.done();
  }
}

const readBytes = (path: string): Promise<Uint8Array> =>
  readFile(path).catch((cause) => {
    throw configurationError('checkpoint-missing', `checkpoint ${path}: ${String(cause)}`, {}, cause);
  });

/** Bytes to percent; one line a file. */
function createPercentProgress() {
  const files = new Map<string, { readonly line: Progress; percent: number }>();
  return {
    report(file: string, received: number, total: number | null): void {
      if (total === null || total === 0) return;
      const state = files.get(file) ?? {
        line: createProgress(`${file} (${(total / 1e6).toFixed(1)} MB)`, 100),
        percent: 0,
      };
      files.set(file, state);
      for (const reached = Math.floor((100 * received) / total); state.percent < reached; state.percent++)
        state.line.advanced();
    },
    done(): void {
      for (const { line } of files.values()) line.done();
    },
  };
}
