/** What is shipped for people to read: the example, the JSON Schema and the table of keys. `vitest -u` renews the last two. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { SCHEMES } from '../../src/capture/sources.js';
import { configJsonSchema } from '../../src/config/json-schema.js';
import { loadConfig } from '../../src/config/load.js';
import { renderProblem } from '../../src/config/problem.js';
import { SOURCE_SCHEMES } from '../../src/config/schema.js';
import { entryAt } from '../../src/config/tree.js';
import { context } from './folder.js';
import { keyRows, keyTable } from './schema-table.js';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const schema = configJsonSchema() as Parameters<typeof keyRows>[0];

test('the example is valid, without a warning, and shows every option', () => {
  const loaded = loadConfig(file('deploy/config.example.yaml'), context());
  if (!loaded.ok) throw new Error(loaded.problems.map(renderProblem).join('\n'));
  expect(loaded.warnings).toEqual([]);
  const names = { slots: 'main', cameras: 'front', regions: 'left_half', classes: 'person' } as Record<string, string>;
  const missing = keyRows(schema).filter(({ path }) => {
    const steps = path.split('.');
    return (
      entryAt(
        loaded.written,
        steps.map((step, at) => (step === '*' ? (names[steps[at - 1]!] ?? step) : step)),
      ) === null
    );
  });
  expect(missing.map(({ path }) => path)).toEqual([]);
});

test('the JSON Schema that is shipped is the current one', async () => {
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(file('deploy/config.schema.json'));
});

test('the documentation names every key with its current default', async () => {
  const text = readFileSync(file('docs/configuration.md'), 'utf8');
  const renewed = text.replace(
    /(<!-- keys: begin -->\n)[\s\S]*(<!-- keys: end -->)/,
    (_all, begin, end) => `${begin}${keyTable(schema)}\n${end}`,
  );
  expect(renewed).toContain('`mqtt.url`');
  await expect(renewed).toMatchFileSnapshot(file('docs/configuration.md'));
});

test('the schemes are those that capture has', () => {
  expect([...SOURCE_SCHEMES].sort()).toEqual(Object.keys(SCHEMES).sort());
});

test('every key is described', () => {
  expect(keyRows(schema).filter(({ cells }) => cells[3] === '')).toEqual([]);
});
