/**
 * From a YAML file (and `conf.d/*.yaml` beside it) to a configuration in which every value is checked, or to all that
 * is wrong with it, at once, each with its file and line. Never throws, whatever stands in the files. Reads small
 * local files synchronously: used before the daemon works and by the commands, never while frames flow.
 * To test: give it a folder; the environment, the serial and the host name are arguments.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { crossCheck } from './cross-checks.js';
import { codeOf, reasonOf } from './file-reason.js';
import { mergeTrees } from './merge.js';
import { resolvePaths } from './paths.js';
import { type Problem, problemAt, sortProblems } from './problem.js';
import { type Config, DEFAULT_SERIAL } from './schema.js';
import { checkShape, MISSING } from './shape.js';
import { type SubstitutionContext, substitute } from './substitute.js';
import { emptyMap, type Located, withDefault, without } from './tree.js';
import { parseYaml } from './yaml.js';

/** What loading needs to know of the board, and of the rooms whose texts stand in the configuration. */
export interface LoadContext extends SubstitutionContext {
  /** What is wrong with a camera's source beyond its scheme, for people; null: nothing. */
  readonly checkSource: (url: string) => string | null;
}

export type LoadResult = Loaded | NotLoaded;

export interface Loaded {
  readonly ok: true;
  readonly config: Config;
  /** Where every value was written. Merged and substituted. */
  readonly tree: Located;
  /** As written: merged, before substitution. Holds no secret but those that stand in the files themselves. */
  readonly written: Located;
  readonly warnings: readonly Problem[];
}

interface NotLoaded {
  readonly ok: false;
  readonly problems: readonly Problem[];
  /** What is left when everything that is wrong is left out, without MQTT where its values contradict each other. */
  readonly rest: Config;
}

/** The file as the place of values that nobody wrote. */
const DEFAULTS = { file: 'default', line: 0 };

export function loadConfig(file: string, context: LoadContext): LoadResult {
  const path = resolve(file);
  const files = readFiles(path);
  let merged: Located = emptyMap({ file: path, line: 0 });
  const problems: Problem[] = [];
  for (const each of files) {
    problems.push(...each.problems);
    if (each.tree !== null) merged = mergeTrees(merged, each.tree);
  }
  const names = files.map((each) => each.file);
  return checkTree(merged, problems, names, dirname(path), context);
}

/** The same for a text that is already merged: the last good copy. Relative paths start at `folder`. */
export function loadText(text: string, file: string, folder: string, context: LoadContext): LoadResult {
  const { tree, problems } = parseYaml(text, file);
  return checkTree(tree ?? emptyMap({ file, line: 0 }), problems, [file], folder, context);
}

function checkTree(
  written: Located,
  readProblems: readonly Problem[],
  files: readonly string[],
  folder: string,
  context: LoadContext,
): LoadResult {
  const complete = withDefault(written, ['device', 'serial'], {
    kind: 'scalar',
    place: DEFAULTS,
    value: DEFAULT_SERIAL,
  });
  const substituted = substitute(complete, context, folder);
  const { tree } = substituted;
  const shape = checkShape(substituted.failed.reduce(without, tree));
  const cross = crossCheck(shape.config, tree, context.checkSource);
  const failed = new Set(substituted.problems.map((problem) => problem.path));
  const damaged = readProblems.some((problem) => problem.path === '');
  const problems = [
    ...readProblems,
    ...substituted.problems,
    ...[...shape.problems.filter((problem) => !(damaged && problem.what === MISSING)), ...cross.problems].filter(
      (problem) => !failed.has(problem.path),
    ),
  ];
  const config = finish(shape.config, folder, context);
  if (problems.length === 0) {
    return { ok: true, config, tree, written, warnings: sortProblems(cross.warnings, files) };
  }
  const contradicts = cross.problems.some((problem) => problem.path.startsWith('mqtt'));
  return { ok: false, problems: sortProblems(problems, files), rest: contradicts ? { ...config, mqtt: null } : config };
}

/** Absolute paths, and a serial also where the written one had to be left out. */
function finish(config: Config, folder: string, context: LoadContext): Config {
  const { device } = config;
  const serial = device.serial === DEFAULT_SERIAL ? context.serial : device.serial;
  return resolvePaths({ ...config, device: { ...device, serial } }, folder);
}

interface ReadFile {
  readonly file: string;
  readonly tree: Located | null;
  readonly problems: readonly Problem[];
}

/** The file itself, then conf.d in the order of names. */
function readFiles(file: string): ReadFile[] {
  const folder = join(dirname(file), 'conf.d');
  let names: string[] = [];
  const folderProblems: ReadFile[] = [];
  try {
    names = readdirSync(folder)
      .filter((name) => name.endsWith('.yaml') && !name.startsWith('.'))
      .sort();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') folderProblems.push(unreadable(folder, error));
  }
  return [readOne(file), ...folderProblems, ...names.map((name) => readOne(join(folder, name)))];
}

function readOne(file: string): ReadFile {
  try {
    const { tree, problems } = parseYaml(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), file);
    if (tree === null || tree.kind === 'map') return { file, tree, problems };
    if (tree.kind === 'scalar' && tree.value === null) return { file, tree: null, problems };
    const shape = problemAt(tree.place, [], `${basename(file)} is not a map`, { expected: 'key: value' });
    return { file, tree: null, problems: [...problems, shape] };
  } catch (error) {
    return unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): ReadFile {
  return { file, tree: null, problems: [problemAt({ file, line: 0 }, [], `can't be read: ${reasonOf(error)}`)] };
}
