import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { SCHEMES } from '../../src/capture/sources.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}/docs/sources.md`, 'utf8');

it('documents every code that a source can fail with', () => {
  const files = readdirSync(`${root}/src/capture`).map((name) => readFileSync(`${root}/src/capture/${name}`, 'utf8'));
  const codes = new Set(
    files.flatMap((text) => [...text.matchAll(/'(source-[a-z-]+)'/g)].map(([, code]) => code ?? '')),
  );
  expect(codes.size).toBeGreaterThan(15);
  for (const code of codes) expect(page).toContain(`\`${code}\``);
});

it('documents every scheme', () => {
  for (const name of Object.keys(SCHEMES)) expect(page).toMatch(new RegExp(`\`${name}:`));
});
