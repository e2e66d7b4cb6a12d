import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../atomic-file.js';
import { asEdgeError, deviceError } from '../errors.js';
import { codeOf, reasonOf } from './file-reason.js';
import { applySettings, nameOf, overlayOf, type Setting, settingsIn } from './overlay.js';
import type { Config } from './schema.js';
import { toPlain } from './tree.js';
import { parseYaml, printYaml } from './yaml.js';

/** The settings that outlive the daemon, in a file that people can read beside the last good copy. */
export const overlayFile = (stateDir: string): string => join(stateDir, 'config.overlay.yaml');

const HEADER = `# Set by commands (config.set with persist), over the configuration file. Written by edgenextd.
# To undo: send config.reset, or remove this file and restart.
`;

export interface StoredSettings {
  readonly settings: readonly Setting[];
  /** What was left out, for people. */
  readonly ignored: readonly string[];
}

/** Each setting that the configuration still takes; a camera may have gone, or a limit have moved. Never throws. */
export function readOverlay(config: Config): StoredSettings {
  const file = overlayFile(config.stateDir);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { settings: [], ignored: codeOf(error) === 'ENOENT' ? [] : [`can't read ${file}: ${reasonOf(error)}`] };
  }
  const { tree, problems } = parseYaml(text, file);
  if (problems.length > 0) return { settings: [], ignored: [`${file} is not valid YAML`] };
  const settings: Setting[] = [];
  const ignored: string[] = [];
  for (const part of tree === null ? [] : partsOf(toPlain(tree), [])) {
    try {
      const read = settingsIn(part, config);
      applySettings(config, [...settings, ...read]);
      settings.push(...read);
    } catch (error) {
      ignored.push(asEdgeError(error).message);
    }
  }
  return { settings, ignored };
}

/** The tree as many trees of one value each, so that one bad value does not take the others along. */
function partsOf(value: unknown, path: readonly string[]): unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value)];
  }
  return Object.entries(value).flatMap(([key, inner]) => partsOf(inner, [...path, key]));
}

/** Throws `state-dir-unwritable` (device). */
export async function writeOverlay(stateDir: string, settings: readonly Setting[]): Promise<void> {
  const file = overlayFile(stateDir);
  try {
    if (settings.length === 0) await rm(file, { force: true });
    else await writeFileAtomic(file, HEADER + printYaml(overlayOf(settings)));
  } catch (error) {
    const what = `can't write ${file}: ${reasonOf(error)}; nothing was changed`;
    throw deviceError('state-dir-unwritable', what, { settings: settings.map(nameOf) }, error);
  }
}
