import type { z } from 'zod';
import { nearestName } from './nearest.js';
import { type Path, type Problem, problemAt } from './problem.js';
import { showValue } from './redact.js';
import { type Config, configSchema } from './schema.js';
import { describeExpected, holdsValues, knownKeys, pathsOfKey, schemaAt } from './schema-walk.js';
import { entryAt, type Located, placeOf, toPlain, withDefault, without } from './tree.js';

/** What is said of a value that must be there. */
export const MISSING = 'missing';

type Issue = z.core.$ZodIssue;

export interface Shape {
  /** The whole configuration, or what is left of it when everything that is wrong was left out. */
  readonly config: Config;
  readonly problems: readonly Problem[];
}

/** Checks every value on its own. With problems, the rest is still there for the checks between values. */
export function checkShape(tree: Located): Shape {
  const problems: Problem[] = [];
  let rest = tree;
  for (let round = 0; round < 8; round += 1) {
    const parsed = configSchema.safeParse(toPlain(rest));
    if (parsed.success) return { config: parsed.data, problems };
    const issues = flatten(parsed.error.issues, rest);
    if (round === 0) problems.push(...toProblems(issues, tree));
    const pruned = issues.reduce((smaller, issue) => without(smaller, culpritOf(issue, rest)), rest);
    rest = withDefault(pruned, ['version'], { kind: 'scalar', place: rest.place, value: 1 });
  }
  return { config: configSchema.parse({ version: 1 }), problems };
}

/** A bad name hides what is wrong inside; here both count. One issue an unknown key. */
function flatten(issues: readonly Issue[], tree: Located): Issue[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ ...issue, keys: [key] }));
    if (issue.code !== 'invalid_key') return [issue];
    const path = pathOf(issue);
    const entry = entryAt(tree, path);
    const schema = schemaAt(configSchema, path);
    if (entry === null || schema === null) return [issue];
    const inside = (schema as z.ZodType).safeParse(toPlain(entry.value));
    const nested = (inside.error?.issues ?? []).map((inner) => ({ ...inner, path: [...path, ...inner.path] }));
    return [issue, ...flatten(nested, tree)];
  });
}

function toProblems(issues: readonly Issue[], tree: Located): Problem[] {
  const byPath = new Map<string, Problem>();
  for (const issue of issues) {
    const problem = toProblem(issue, tree);
    if (!byPath.has(problem.path)) byPath.set(problem.path, problem);
  }
  return [...byPath.values()];
}

function toProblem(issue: Issue, tree: Located): Problem {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') return unknownKey(path, issue.keys[0] ?? '', tree);
  const place = placeOf(tree, path);
  if (issue.code === 'invalid_key') {
    return problemAt(place, path, 'not a possible name', { expected: issue.issues[0]?.message ?? null });
  }
  const schema = schemaAt(configSchema, path);
  const inWords = schema === null ? null : describeExpected(schema);
  const expected = issue.code === 'invalid_format' ? issue.message : inWords;
  const entry = entryAt(tree, path);
  if (entry === null) return problemAt(place, path, MISSING, { expected });
  return problemAt(entry.value.place, path, '', {
    expected,
    found: showValue(entry.value, path, holdsValues(configSchema, path)),
  });
}

/** A key that is more than a word may be `password:x` without the space, so only its first word is shown. */
function unknownKey(parent: Path, key: string, tree: Located): Problem {
  const [word = key] = key.split(/[\s:=]/);
  const known = knownKeys(configSchema, parent);
  const nearest = nearestName(word, known) ?? pathsOfKey(configSchema, word)[0] ?? null;
  const expected = nearest === null ? `one of ${known.join(', ')}` : null;
  const [shown, what] = word === key ? [key, 'unknown key'] : [`${word}…`, 'unknown key; is a ": " missing?'];
  return problemAt(placeOf(tree, [...parent, key]), [...parent, shown], what, { nearest, expected });
}

/** What to leave out so that the rest can stand: the value, or its parent where a value is missing. */
function culpritOf(issue: Issue, tree: Located): Path {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') return [...path, issue.keys[0] ?? ''];
  return entryAt(tree, path) === null ? path.slice(0, -1) : path;
}

function pathOf(issue: Issue): Path {
  return issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
}
