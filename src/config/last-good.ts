/**
 * A robot must not go blind by a typo: what to run on when the configuration file is bad.
 * After a successful start the daemon stores what it runs on; a later bad file falls back to that copy, else to what
 * is left of the bad file for health and MQTT alone. Which of them it was is in the outcome: it is never silent.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from '../atomic-file.js';
import { codeOf, reasonOf } from './file-reason.js';
import { type LoadContext, type Loaded, loadConfig, loadText } from './load.js';
import { configurationInvalid, type Problem } from './problem.js';
import type { Config } from './schema.js';
import { toPlain } from './tree.js';
import { printYaml } from './yaml.js';

export type ConfigOutcome =
  | { readonly source: 'file'; readonly config: Config; readonly loaded: Loaded; readonly problems: readonly [] }
  | {
      readonly source: 'last-good';
      readonly config: Config;
      readonly loaded: Loaded;
      /** What is wrong with the file. */
      readonly problems: readonly Problem[];
      /** Where the copy is that runs instead. */
      readonly copy: string;
    }
  | {
      readonly source: 'minimal';
      readonly config: Config;
      readonly problems: readonly Problem[];
      /** Why there is no copy to run on, for people. */
      readonly noCopy: string;
    };

export interface ResolveOptions {
  readonly context: LoadContext;
  /** Throw instead of running on anything but the file. */
  readonly strict: boolean;
}

/** Throws only with `strict`: a configuration error `configuration-invalid` that lists every problem. */
export function resolveConfig(file: string, { context, strict }: ResolveOptions): ConfigOutcome {
  const path = resolve(file);
  const loaded = loadConfig(path, context);
  if (loaded.ok) return { source: 'file', config: loaded.config, loaded, problems: [] };
  const { problems } = loaded;
  if (strict) throw configurationInvalid(path, problems);
  const { rest } = loaded;
  const copy = lastGoodFile(rest.stateDir);
  const good = readLastGood(copy, path, context);
  if (typeof good !== 'string') return { source: 'last-good', config: good.config, loaded: good, problems, copy };
  // Health and MQTT only.
  return { source: 'minimal', config: { ...rest, slots: {}, cameras: {} }, problems, noCopy: good };
}

export function lastGoodFile(stateDir: string): string {
  return join(stateDir, 'config.last-good.yaml');
}

const header = (path: string): string =>
  `# The last good copy of ${path}. Written by edgenextd; changes here are lost.\n`;

/** The copy, or why there is none. A copy of another file does not count. */
function readLastGood(copy: string, path: string, context: LoadContext): Loaded | string {
  let text: string;
  try {
    text = readFileSync(copy, 'utf8');
  } catch (error) {
    return codeOf(error) === 'ENOENT'
      ? `there is no last good copy (${copy})`
      : `can't read ${copy}: ${reasonOf(error)}`;
  }
  if (!text.startsWith(header(path))) return `${copy} is a copy of another file`;
  const loaded = loadText(text, copy, dirname(path), context);
  return loaded.ok ? loaded : `${copy} is no longer valid either`;
}

export type Kept = { readonly kept: true; readonly copy: string } | { readonly kept: false; readonly reason: string };

/**
 * Stores what the daemon has started on as the last good copy. Variables stay variables: no secret from the
 * environment or a file gets into it. One that stands in the file itself does, so only the owner may read the copy.
 */
export async function keepLastGood(file: string, loaded: Loaded): Promise<Kept> {
  const copy = lastGoodFile(loaded.config.stateDir);
  const text = header(resolve(file)) + printYaml(toPlain(loaded.written));
  try {
    // Most starts change nothing, and cards wear out by writing.
    if (!(await holds(copy, text))) await writeFileAtomic(copy, text, 0o600);
    return { kept: true, copy };
  } catch (error) {
    return { kept: false, reason: `can't write ${copy}: ${reasonOf(error)}` };
  }
}

async function holds(file: string, text: string): Promise<boolean> {
  try {
    return (await readFile(file, 'utf8')) === text;
  } catch {
    return false;
  }
}
