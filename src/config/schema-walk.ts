import { z } from 'zod';
import type { Path } from './problem.js';

/** Questions that one may ask of a schema at a path: what is known there, what is expected, what must not be shown. */

/** The schema itself and what it wraps, outermost first. */
function layers(schema: z.core.$ZodType): z.core.$ZodType[] {
  const inner = unwrapped(schema);
  return inner === null ? [schema] : [schema, ...layers(inner)];
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType | null {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return schema.unwrap();
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return schema.unwrap();
  return null;
}

function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  return layers(schema).at(-1) ?? schema;
}

/** The schema of the value at a path, with its wrappers; null where nothing is known. */
export function schemaAt(root: z.core.$ZodType, path: Path): z.core.$ZodType | null {
  let schema: z.core.$ZodType | null = root;
  for (const step of path) {
    if (schema === null) return null;
    schema = childOf(innermost(schema), step);
  }
  return schema;
}

function childOf(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | null {
  if (schema instanceof z.ZodObject) return Object.hasOwn(schema.shape, step) ? schema.shape[step] : null;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  return null;
}

/** Whether a map or a list belongs there. */
export function holdsValues(root: z.core.$ZodType, path: Path): boolean {
  const schema = schemaAt(root, path);
  const inner = schema === null ? null : innermost(schema);
  return inner instanceof z.ZodObject || inner instanceof z.ZodRecord || inner instanceof z.ZodArray;
}

/** Names that a map at this place may have; empty where names are free. */
export function knownKeys(root: z.core.$ZodType, path: Path): string[] {
  const schema = schemaAt(root, path);
  const inner = schema === null ? null : innermost(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** Where else a key of this name is known, e.g. `mqtt.url`; `*` stands for a name of the user's. */
export function pathsOfKey(root: z.core.$ZodType, key: string): string[] {
  const inner = innermost(root);
  if (inner instanceof z.ZodRecord) return pathsOfKey(inner.valueType, key).map((path) => `*.${path}`);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape).flatMap(([name, schema]) => [
    ...(name === key ? [name] : []),
    ...pathsOfKey(schema, key).map((path) => `${name}.${path}`),
  ]);
}

/** Whether the schema marks the value at the path, or something above it, as `writeOnly`. */
export function isSecret(root: z.core.$ZodType, path: Path): boolean {
  return path.some((_, index) => {
    const schema = schemaAt(root, path.slice(0, index + 1));
    return schema !== null && layers(schema).some((layer) => z.globalRegistry.get(layer)?.writeOnly === true);
  });
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly items?: JsonSchema;
}

/** What may stand there, in words: `a whole number from 5 to 3600`. */
export function describeExpected(schema: z.core.$ZodType): string {
  return inWords(z.toJSONSchema(schema, { io: 'input' }) as JsonSchema);
}

export function inWords(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(inWords))].join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const { type } = schema;
  if (Array.isArray(type)) return type.map((each: string) => inWords({ ...schema, type: each })).join(' or ');
  switch (type) {
    case 'integer':
      return `a whole number${rangeInWords(schema)}`;
    case 'number':
      return `a number${rangeInWords(schema)}`;
    case 'string':
      return schema.minLength === undefined ? 'text' : 'text that is not empty';
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of ${schema.items === undefined ? 'values' : inWords(schema.items)}`;
    case 'object':
      return 'a map (key: value)';
    default:
      return typeof type === 'string' ? type : 'a value';
  }
}

function rangeInWords(schema: JsonSchema): string {
  const from = schema.exclusiveMinimum === undefined ? schema.minimum : schema.exclusiveMinimum;
  const above = schema.exclusiveMinimum === undefined ? 'from' : 'above';
  const even = schema.multipleOf === 2 ? ', even' : '';
  if (from === undefined || schema.maximum === undefined) return even;
  return ` ${above} ${from} to ${schema.maximum}${even}`;
}
