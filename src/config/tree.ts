import type { Path, Place } from './problem.js';

export type ScalarValue = string | number | boolean | null;

/** YAML as it was written: every value and key knows its file and line. */
export type Located = LocatedMap | LocatedList | LocatedScalar;

export interface LocatedMap {
  readonly kind: 'map';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, LocatedEntry>;
}

export interface LocatedEntry {
  /** Of the key. */
  readonly place: Place;
  readonly value: Located;
}

interface LocatedList {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly Located[];
}

export interface LocatedScalar {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly value: ScalarValue;
  /** The text before substitution, where the value came from the environment or a file: show this, never the value. */
  readonly template?: string;
}

export function emptyMap(place: Place): LocatedMap {
  return { kind: 'map', place, entries: new Map() };
}

/** Ordinary objects and arrays. Keys are own properties, whatever their name. */
export function toPlain(node: Located): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toPlain);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toPlain(entry.value)]));
}

/** The entry at a path (for a list item its own place stands in for the key's), or null. */
export function entryAt(root: Located, path: Path): LocatedEntry | null {
  let entry: LocatedEntry = { place: root.place, value: root };
  for (const step of path) {
    const next = childAt(entry.value, step);
    if (next === null) return null;
    entry = next;
  }
  return entry;
}

function childAt(node: Located, step: string | number): LocatedEntry | null {
  if (node.kind === 'map') return node.entries.get(String(step)) ?? null;
  if (node.kind !== 'list' || typeof step !== 'number') return null;
  const item = node.items[step];
  return item === undefined ? null : { place: item.place, value: item };
}

/** The nearest place that exists: of the path itself, else of the closest parent. */
export function placeOf(root: Located, path: Path): Place {
  for (let length = path.length; length > 0; length -= 1) {
    const entry = entryAt(root, path.slice(0, length));
    if (entry !== null) return entry.place;
  }
  return root.place;
}

/** A copy in which every scalar went through `change`. */
export function mapScalars(
  node: Located,
  change: (scalar: LocatedScalar, path: Path) => LocatedScalar,
  path: Path = [],
): Located {
  if (node.kind === 'scalar') return change(node, path);
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item, index) => mapScalars(item, change, [...path, index])) };
  }
  const entries = [...node.entries].map(
    ([key, entry]) => [key, { ...entry, value: mapScalars(entry.value, change, [...path, key]) }] as const,
  );
  return { ...node, entries: new Map(entries) };
}

/** A copy with one more value, replacing what was there; parents that are no maps stay as they are. */
export function withDefault(root: Located, path: readonly string[], scalar: LocatedScalar): Located {
  const [step, ...rest] = path;
  if (step === undefined) return scalar;
  if (root.kind !== 'map') return root;
  const existing = root.entries.get(step);
  if (existing !== undefined && rest.length === 0) return root;
  const child = existing?.value ?? emptyMap(scalar.place);
  const entries = new Map(root.entries);
  entries.set(step, { place: existing?.place ?? scalar.place, value: withDefault(child, rest, scalar) });
  return { ...root, entries };
}

/** A copy without the value at the path; without the last resort, the root itself. */
export function without(root: Located, path: Path): Located {
  const [step, ...rest] = path;
  if (step === undefined) return root;
  if (root.kind === 'list') {
    const items = root.items.flatMap((item, index) =>
      index !== step ? [item] : rest.length === 0 ? [] : [without(item, rest)],
    );
    return { ...root, items };
  }
  if (root.kind !== 'map') return root;
  const entries = new Map(root.entries);
  const existing = entries.get(String(step));
  if (existing === undefined) return root;
  if (rest.length === 0) entries.delete(String(step));
  else entries.set(String(step), { ...existing, value: without(existing.value, rest) });
  return { ...root, entries };
}
