import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { FRAME_FATES } from '../../src/frame.js';
import { silentLogger } from '../../src/log.js';
import { buildEvent, buildResult } from '../../src/publish/build.js';
import { encode } from '../../src/publish/encode.js';
import { LocalSocket } from '../../src/publish/local-socket.js';
import { MESSAGES } from '../../src/publish/messages.js';
import { TOPICS, type TopicRule } from '../../src/publish/topics.js';
import { eventually } from '../fakes/eventually.js';
import { cleanUp, onCleanUp } from './links.js';
import { kindOfPath } from './observer.js';
import { contextNow, sampleChange, sampleResult } from './sample.js';

afterEach(cleanUp);

const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const topics = read('topics.md');
const program = read('examples/read_results.py');

describe('docs/topics.md', () => {
  const sections = [...topics.matchAll(/^## ([a-z]+)(?:\/\{(?:camera|verb)\})?\n([\s\S]*?)(?=^## )/gm)].flatMap(
    ([, title, text]) => {
      const kind = kindOfPath(title ?? '');
      return kind === null ? [] : [{ kind, text: text ?? '' }];
    },
  );

  it('has a section for every topic', () => {
    expect(sections.map(({ kind }) => kind).sort()).toEqual(Object.keys(TOPICS).sort());
  });

  it.each(sections)('shows a true example of $kind', ({ kind, text }) => {
    const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(text)?.[1] ?? 'null');
    expect(MESSAGES[kind].parse(example)).toEqual(example);
  });

  it.each(Object.entries<TopicRule>(TOPICS))('says how %s is sent', (kind, { qos, retain, perCamera, perVerb }) => {
    const path = perCamera ? `${kind}/{camera}` : perVerb ? `${kind}/{verb}` : kind;
    expect(topics).toMatch(
      new RegExp(`^\\| \\[\`${path}\`\\]\\(#[a-z]+\\) \\| ${qos} \\| ${retain ? 'yes' : 'no'} \\|`, 'm'),
    );
  });

  it('explains every way in which a frame ends', () => {
    expect(FRAME_FATES.filter((fate) => !topics.includes(`\n| \`${fate}\` | `))).toEqual([]);
  });

  it('shows the program as it is', () => {
    expect(topics).toContain(`\`\`\`python\n${program}\`\`\``);
  });
});

describe('docs/examples/read_results.py', () => {
  it('prints the results of a running daemon', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'edgenextd-python-'));
    onCleanUp(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'results.sock');
    const local = new LocalSocket({ path, mode: '0600' }, silentLogger, systemClock);
    await local.start();
    onCleanUp(() => local.close());
    const file = join(folder, 'read_results.py');
    writeFileSync(file, program.replace('/run/edgenextd/results.sock', path));
    const child = spawn('python3', [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    let said = '';
    child.stdout.on('data', (bytes) => {
      said += bytes;
    });
    await eventually(() => local.counts().clients === 1);
    local.write(encode('event', buildEvent(contextNow(), sampleResult(), sampleChange, 'id')));
    local.write(encode('result', buildResult(contextNow(), sampleResult())));
    await eventually(() => said !== '');
    expect(said).toBe('front left 0.81\n');
    await local.close();
    expect(await exited).toEqual([0, null]);
  });
});
