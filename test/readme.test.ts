import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configContext } from '../src/commands/config-context.js';
import { loadText } from '../src/config/load.js';
import { ERROR_POLICY } from '../src/errors.js';
import { TOPICS } from '../src/publish/topics.js';

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const readme = read('README.md');

/** The fenced examples of a language. */
const examples = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);

describe('README.md', () => {
  it('shows the program that a test runs', () => {
    expect(examples('python')).toEqual([read('docs/examples/read_results.py')]);
  });

  it('shows a configuration that is valid', () => {
    expect(examples('yaml')).toHaveLength(1);
    for (const text of examples('yaml')) {
      expect(loadText(text, 'README.md', process.cwd(), configContext())).toMatchObject({ ok: true });
    }
  });

  it('lists every topic', () => {
    expect(Object.keys(TOPICS).filter((topic) => !readme.includes(`\`${topic}`))).toEqual([]);
  });
});

const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  ...readdirSync(new URL('../docs', import.meta.url))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

describe('the documents', () => {
  it.each(PAGES)('%s links to what exists', (name) => {
    const folder = new URL(`../${name}`, import.meta.url);
    const links = [...read(name).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target);
    expect(links.filter((target) => !existsSync(new URL(target, folder)))).toEqual([]);
  });

  it('ARCHITECTURE.md has every room', () => {
    const architecture = read('ARCHITECTURE.md');
    const rooms = readdirSync(new URL('../src', import.meta.url), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(rooms.filter((room) => !architecture.includes(`src/${room}/`))).toEqual([]);
  });

  it('ARCHITECTURE.md says what each family of errors does', () => {
    const rows = Object.entries(ERROR_POLICY).map(([family, policy]) => `| ${family} | ${policy} |`);
    const plain = read('ARCHITECTURE.md').replaceAll('`', '');
    expect(rows.filter((row) => !plain.includes(row))).toEqual([]);
  });
});
