/**
 * What may be set while the daemon runs, over the configuration file and without touching it: some single values, checked
 * by the same schema as the file. A setting is one value at one path; many of them make an overlay, shaped as the file.
 */
import { configurationError } from '../errors.js';
import { mergeTrees } from './merge.js';
import { formatPath, type Place, renderProblem } from './problem.js';
import type { Config } from './schema.js';
import { checkShape } from './shape.js';
import { emptyMap, type Located, type LocatedEntry, type ScalarValue } from './tree.js';

/** `*` stands for a name of the user's. */
const SETTABLE = [
  'log.level',
  'cameras.*.enabled',
  'cameras.*.fps',
  'cameras.*.decide.minScore',
  'cameras.*.decide.minMargin',
  'cameras.*.decide.holdMs',
  'cameras.*.decide.releaseMs',
  'cameras.*.decide.classes.*.minScore',
  'cameras.*.decide.classes.*.minMargin',
  'cameras.*.decide.classes.*.holdMs',
  'cameras.*.decide.classes.*.releaseMs',
  'cameras.*.publish.results',
  'cameras.*.publish.maxHz',
  'cameras.*.publish.heartbeatS',
  'mqtt.stateIntervalS',
  'telemetry.intervalS',
] as const;

const PATTERNS = SETTABLE.map((path) => path.split('.'));
const MOST_SETTINGS = 256;
const LONGEST_VALUE = 256;

export interface Setting {
  readonly path: readonly string[];
  readonly value: ScalarValue;
}

export const nameOf = ({ path }: Pick<Setting, 'path'>): string => formatPath(path);

/** The single values in a part of a configuration. Throws `not-settable` (configuration) at the first that can't be set. */
export function settingsIn(part: unknown, config: Config): Setting[] {
  const settings = [...leavesOf(part, [])];
  if (settings.length === 0) throw notSettable('there is nothing in it to set');
  if (settings.length > MOST_SETTINGS) throw notSettable(`more than ${MOST_SETTINGS} values`);
  for (const { path } of settings) {
    if (!PATTERNS.some((pattern) => matches(path, pattern))) {
      throw notSettable(`${formatPath(path)} can't be set; these can: ${SETTABLE.join(', ')}`);
    }
    const [section, name] = path;
    if (section === 'cameras' && !Object.hasOwn(config.cameras, name ?? '')) {
      throw notSettable(`there is no camera ${name}; there are: ${Object.keys(config.cameras).join(', ') || 'none'}`);
    }
    if (section === 'mqtt' && config.mqtt === null) throw notSettable('there is no mqtt in the configuration');
  }
  return settings;
}

const notSettable = (reason: string) => configurationError('not-settable', reason);

const matches = (path: readonly string[], pattern: readonly string[]): boolean =>
  path.length === pattern.length && pattern.every((step, index) => step === '*' || step === path[index]);

const DEEPEST = Math.max(...PATTERNS.map(({ length }) => length));

function* leavesOf(part: unknown, path: readonly string[]): Generator<Setting> {
  if (Array.isArray(part)) throw notSettable(`${formatPath(path) || 'it'} is a list; only single values can be set`);
  if (typeof part === 'object' && part !== null) {
    if (path.length >= DEEPEST) throw notSettable(`${formatPath(path)} can't be set`);
    for (const [key, value] of Object.entries(part)) {
      if (key === '__proto__' || key.length > LONGEST_VALUE) throw notSettable('a name that can not be one');
      yield* leavesOf(value, [...path, key]);
    }
    return;
  }
  if (typeof part === 'string' && part.length > LONGEST_VALUE) throw notSettable(`${formatPath(path)} is too long`);
  yield { path, value: typeof part === 'undefined' ? null : (part as ScalarValue) };
}

/** The configuration with the settings in it, the later over the earlier. Throws `setting-invalid` (configuration). */
export function applySettings(config: Config, settings: readonly Setting[]): Config {
  if (settings.length === 0) return config;
  const tree = mergeTrees(located(config, PLACE), overlayTree(settings, PLACE));
  const { config: applied, problems } = checkShape(tree);
  if (problems.length === 0) return applied;
  const what = problems.map((problem) => renderProblem({ ...problem, place: PLACE })).join('; ');
  throw configurationError('setting-invalid', what, { problems });
}

const PLACE: Place = { file: 'config.set', line: 0 };

/** As a tree, so that showing the configuration knows where a value comes from. */
export function overlayTree(settings: readonly Setting[], place: Place): Located {
  return located(overlayOf(settings), place);
}

/** The settings in the shape of the configuration file. */
export function overlayOf(settings: readonly Setting[]): unknown {
  const root: Branch = new Map();
  for (const { path, value } of settings) {
    const last = path.at(-1);
    if (last === undefined) continue;
    let branch = root;
    for (const step of path.slice(0, -1)) {
      const next = branch.get(step);
      const inner: Branch = next instanceof Map ? next : new Map();
      branch.set(step, inner);
      branch = inner;
    }
    branch.set(last, value);
  }
  return plain(root);
}

type Branch = Map<string, Branch | ScalarValue>;

const plain = (branch: Branch): unknown =>
  Object.fromEntries([...branch].map(([key, value]) => [key, value instanceof Map ? plain(value) : value]));

function located(value: unknown, place: Place): Located {
  if (Array.isArray(value)) return { kind: 'list', place, items: value.map((item) => located(item, place)) };
  if (typeof value !== 'object' || value === null) return { kind: 'scalar', place, value: value as ScalarValue };
  const entries = Object.entries(value).map(([key, item]): [string, LocatedEntry] => [
    key,
    { place, value: located(item, place) },
  ]);
  return { ...emptyMap(place), entries: new Map(entries) };
}
