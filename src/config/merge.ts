import type { Located, LocatedEntry } from './tree.js';

/**
 * The later file over the earlier one: maps are merged key by key, everything else (lists, scalars, null) replaces.
 * Every value keeps the place where it was written last.
 */
export function mergeTrees(earlier: Located, later: Located): Located {
  if (earlier.kind !== 'map' || later.kind !== 'map') return later;
  const entries = new Map<string, LocatedEntry>(earlier.entries);
  for (const [key, entry] of later.entries) {
    const before = entries.get(key);
    const bothMaps = before?.value.kind === 'map' && entry.value.kind === 'map';
    entries.set(key, bothMaps ? { place: before.place, value: mergeTrees(before.value, entry.value) } : entry);
  }
  return { ...earlier, entries };
}
