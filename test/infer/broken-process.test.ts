import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRunner } from '../../src/infer/child-runner.js';
import { isAlive } from '../harness/processes.js';
import { builtRunner, frameOf, specOf, wholePicture } from './fixtures.js';

const READY = `{ type: 'ready', runtime: 'x', providersCompiledIn: ['cpu'], providerActual: 'cpu', providerReason: null, loadMs: 1, warmUpMs: 1 }`;
const region = (classes: number) => `{ logits: new Float32Array(${classes}), prepareMs: 0, networkMs: 0 }`;
const answering = (message: string) =>
  `process.on('message', (m) => { if (m.type === 'start') process.send(${READY}); else process.send(${message}); });`;

describe('a runner process that is broken', () => {
  let folder = '';
  let scripts = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edgenextd-runner-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const start = async (script: string, options = {}) => {
    const file = join(folder, `${++scripts}.mjs`);
    await writeFile(file, script);
    return startRunner(specOf('means'), { entry: pathToFileURL(file), ...options });
  };

  it.each([
    [
      'ends',
      'console.error("\\u001b[31mno such library"); process.exit(3);',
      /ended while loading: exit code 3; it said: no such library$/,
    ],
    ['aborts', 'process.abort()', /ended while loading: ended by SIGABRT/],
    ['says nonsense', 'process.send("hello"); setInterval(() => {}, 1000);', /malformed message; killed/],
    [
      'answers before it is ready',
      `process.send({ type: 'corrupt', id: 1, message: 'x' }); setInterval(() => {}, 1000);`,
      /malformed message; killed/,
    ],
  ])('%s while loading: the start fails', async (_, script, message) => {
    await expect(start(script)).rejects.toMatchObject({
      family: 'model',
      code: 'runner-start-failed',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['says nonsense', answering('42')],
    [
      'answers another frame',
      answering(`{ type: 'answer', id: 7, picture: { width: 1, height: 1 }, regions: [${region(4)}] }`),
    ],
    ['leaves out a region', answering(`{ type: 'answer', id: m.id, picture: { width: 1, height: 1 }, regions: [] }`)],
    [
      'gives too few scores',
      answering(`{ type: 'answer', id: m.id, picture: { width: 1, height: 1 }, regions: [${region(3)}] }`),
    ],
    ['is ready twice', answering(READY)],
    ['ends itself', answering('process.exit(0)')],
  ])('%s instead of an answer: it is gone, and the daemon knows', async (_, script) => {
    const runner = await start(script);
    await expect(runner.infer(frameOf(1), wholePicture)).rejects.toMatchObject({ code: 'runner-crashed' });
    expect(await runner.exited).toMatchObject({ expected: false });
    expect(isAlive(runner.info.pid)).toBe(false);
  });

  it('does not end when asked to: it is killed', async () => {
    const runner = await start(`${answering('42')} setInterval(() => {}, 1000); process.on('SIGTERM', () => {});`, {
      endMs: 50,
    });
    await runner.close();
    expect(await runner.exited).toMatchObject({ expected: true, signal: 'SIGKILL' });
  });

  it('leaves no listener on the signal that could kill it', async () => {
    const abort = new AbortController();
    const listeners = new Set<unknown>();
    const { signal } = abort;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (type: string, listener: () => void) => {
      listeners.add(listener);
      add(type, listener);
    };
    signal.removeEventListener = (type: string, listener: () => void) => {
      listeners.delete(listener);
      remove(type, listener);
    };
    const runner = await start(answering('42'), { signal });
    await runner.close();
    expect(listeners.size).toBe(0);
  });
});

it.each([
  ['nonsense', 'hello'],
  ['a frame before the start', { type: 'frame', id: 1, format: { kind: 'jpeg' }, views: [], data: new Uint8Array(1) }],
])('the built runner ends at once on %s', async (_, message) => {
  const child = fork(fileURLToPath(builtRunner), [], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.send(message);
  expect(await once(child, 'exit')).toEqual([70, null]);
});
