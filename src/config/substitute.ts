import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { reasonOf } from './file-reason.js';
import { nearestName } from './nearest.js';
import { formatPath, type Path, type Problem, problemAt } from './problem.js';
import { entryAt, type Located, mapScalars } from './tree.js';

/** What the variables in a configuration stand for. */
export interface SubstitutionContext {
  /** The board's own serial number. */
  readonly serial: string;
  readonly hostname: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const MAX_FILE_BYTES = 65_536;
const VARIABLES = ['serial', 'hostname', 'env:NAME', 'file:PATH'];

export interface Substituted {
  readonly tree: Located;
  readonly problems: readonly Problem[];
  /** The paths of the problems. */
  readonly failed: readonly Path[];
}

/**
 * Replaces `${serial}`, `${hostname}`, `${env:NAME}` and `${file:PATH}` in every text; `$${` writes a plain `${`.
 * What was put in is not searched again. A value with something from the environment or a file keeps its template.
 * Relative paths start at `folder`.
 */
export function substitute(tree: Located, context: SubstitutionContext, folder: string): Substituted {
  const problems: Problem[] = [];
  const failed: Path[] = [];
  const named = { ...context, serial: deviceSerial(tree, context, folder) };
  const replaced = mapScalars(tree, (scalar, path) => {
    if (typeof scalar.value !== 'string' || !scalar.value.includes('${')) return scalar;
    const { value, outside, failures } = substituteText(
      scalar.value,
      formatPath(path) === 'device.serial' ? context : named,
      folder,
    );
    for (const { problem, nearest } of failures) {
      problems.push(problemAt(scalar.place, path, problem, { nearest: nearest ?? null }));
    }
    if (failures.length > 0) failed.push(path);
    return { ...scalar, value, ...(outside ? { template: scalar.value } : {}) };
  });
  return { tree: replaced, problems, failed };
}

/** `${serial}` is the configured one everywhere but in its own value, where it is the board's. */
function deviceSerial(tree: Located, context: SubstitutionContext, folder: string): string {
  const written = entryAt(tree, ['device', 'serial'])?.value;
  if (written?.kind !== 'scalar' || typeof written.value !== 'string') return context.serial;
  return substituteText(written.value, context, folder).value;
}

interface Failure {
  readonly problem: string;
  readonly nearest?: string | null;
}

function substituteText(template: string, context: SubstitutionContext, folder: string) {
  let outside = false;
  const failures: Failure[] = [];
  const value = template.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (match, name: string | undefined, end: string) => {
    if (name === undefined) return '${';
    const found = end === '' ? UNCLOSED : lookUp(name, context, folder);
    if ('problem' in found) {
      failures.push(found);
      return match;
    }
    outside ||= found.outside;
    return found.text;
  });
  return { value, outside, failures };
}

const UNCLOSED: Failure = { problem: 'a "${" without its "}"; write "$${" for a plain "${"' };

type LookedUp = { readonly text: string; readonly outside: boolean } | Failure;

function lookUp(name: string, context: SubstitutionContext, folder: string): LookedUp {
  if (name === 'serial') return { text: context.serial, outside: false };
  if (name === 'hostname') return { text: context.hostname, outside: false };
  if (name.startsWith('env:')) return lookUpEnvironment(name.slice('env:'.length), context);
  if (name.startsWith('file:')) return lookUpFile(name.slice('file:'.length), folder);
  const nearest = nearestName(name, VARIABLES);
  return {
    problem: `unknown variable; there are ${VARIABLES.map((variable) => `\${${variable}}`).join(', ')}`,
    nearest,
  };
}

function lookUpEnvironment(name: string, context: SubstitutionContext): LookedUp {
  const text = Object.hasOwn(context.env, name) ? context.env[name] : undefined;
  return text === undefined ? { problem: `the environment variable ${name} is not set` } : { text, outside: true };
}

function lookUpFile(name: string, folder: string): LookedUp {
  const file = resolve(folder, name);
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return { problem: `${file} is not a plain file` };
    if (stat.size > MAX_FILE_BYTES) return { problem: `${file} is larger than ${MAX_FILE_BYTES} bytes` };
    return { text: readFileSync(file, 'utf8').replace(/\r?\n$/, ''), outside: true };
  } catch (error) {
    return { problem: `can't read ${file}: ${reasonOf(error)}` };
  }
}
