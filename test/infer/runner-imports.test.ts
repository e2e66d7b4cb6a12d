import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { builtRunner } from './fixtures.js';

/** Bare names that a built module loads, itself or through its own modules. */
function loadedPackages(entry: URL, seen = new Set<string>()): string[] {
  if (seen.has(entry.href)) return [];
  seen.add(entry.href);
  const names = [...readFileSync(entry, 'utf8').matchAll(/(?:from|require\(|import) ?'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return names.flatMap((name) => (name.startsWith('.') ? loadedPackages(new URL(name, entry), seen) : [name]));
}

it('a runner process loads nothing of the daemon’s: it would cost memory and the start', () => {
  const packages = loadedPackages(builtRunner).filter((name) => !name.startsWith('node:'));
  expect(packages).not.toEqual([]);
  for (const unwanted of ['zod', 'pino', 'mqtt', 'yaml', 'commander', 'systeminformation']) {
    expect(packages).not.toContain(unwanted);
  }
});
