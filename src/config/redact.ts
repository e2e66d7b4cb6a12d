import type { Path } from './problem.js';
import { configSchema } from './schema.js';
import { isSecret } from './schema-walk.js';
import type { Located } from './tree.js';

/** What stands for a secret wherever a configuration is shown. */
const MASK = '***';

/**
 * A URL (or any text) without its credentials: the user part, and query or path parameters that are named like one.
 * Rather too much than too little: everything from `//` to the last `@` counts as the user part.
 */
function redactCredentials(text: string): string {
  return text
    .replace(/(\/\/).*@/gs, `$1${MASK}@`)
    .replace(/((?:pass|passwd|password|pwd|token|secret|key|auth|user)=)[^&\s]*/gi, `$1${MASK}`);
}

/**
 * A value for people, at most 60 characters, never a secret. With `onlyKind` just what it is: a text where a map belongs
 * may be half of a broken line, and the other half a password.
 */
export function showValue(node: Located, path: Path, onlyKind = false): string {
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'list') return 'a list';
  if (node.value === null) return 'nothing (null)';
  if (onlyKind && typeof node.value === 'string') return 'text';
  const shown = displayScalar(path, node.value, node.template);
  const text = typeof shown === 'string' ? JSON.stringify(shown) : String(shown);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** A scalar as it may be shown: masked where it is a secret, as its template where it came from outside. */
export function displayScalar<T>(path: Path, value: T, template?: string): T | string {
  if (isSecret(configSchema, path)) return value === null ? value : MASK;
  if (template !== undefined) return redactCredentials(template);
  return typeof value === 'string' ? redactCredentials(value) : value;
}
