import type { Loaded } from './load.js';
import { type Path, renderPlace } from './problem.js';
import { displayScalar } from './redact.js';
import type { Config } from './schema.js';
import { entryAt } from './tree.js';
import { printYaml } from './yaml.js';

/** The effective configuration as YAML, secrets masked; with `origin`, behind each value where it was written. */
export function showConfig(loaded: Loaded, origin: boolean): string {
  return printYaml(maskConfig(loaded), (path) => (origin ? originOf(path, loaded) : null));
}

/** The configuration as it may be shown: secrets masked, values from outside as they were written. */
export function maskConfig(loaded: Loaded): Config {
  return mask(loaded.config, [], loaded) as Config;
}

function mask(value: unknown, path: Path, loaded: Loaded): unknown {
  if (Array.isArray(value)) return value.map((item, index) => mask(item, [...path, index], loaded));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(item, [...path, key], loaded)]));
  }
  const written = entryAt(loaded.tree, path)?.value;
  return displayScalar(path, value, written?.kind === 'scalar' ? written.template : undefined);
}

function originOf(path: Path, loaded: Loaded): string {
  const written = entryAt(loaded.tree, path);
  return written === null ? 'default' : renderPlace(written.place);
}
