import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBackoff } from '../../src/backoff.js';
import { systemClock } from '../../src/clock.js';
import { startRunner } from '../../src/infer/child-runner.js';
import { createSlot } from '../../src/infer/model-slot.js';
import type { RunnerExit } from '../../src/infer/runner.js';
import type { Slot } from '../../src/infer/slot.js';
import { isAlive } from '../harness/processes.js';
import { builtRunner, frameOf, graph, meansOf, specOf, wholePicture } from './fixtures.js';

describe('a slot with real runners', () => {
  const pids = new Set<number>();
  const lost: RunnerExit[] = [];
  let slot: Slot | null = null;

  const open = () => {
    slot = createSlot({
      name: 'main',
      start: (spec, signal) => startRunner(spec, { entry: builtRunner, signal }),
      events: {
        runnerReady: (info) => pids.add(info.pid),
        runnerLost: (exit) => lost.push(exit),
        runnerFailed: () => undefined,
      },
      backoff: createBackoff({ baseMs: 20, capMs: 100, random: Math.random }),
      clock: systemClock,
    });
    return slot;
  };

  afterEach(async () => {
    await slot?.close();
    expect([...pids].filter(isAlive)).toEqual([]);
    pids.clear();
    lost.splice(0);
  });

  it('loses no frame while its model is replaced twice under load', async () => {
    const { infer, replace } = bound(open());
    await replace(specOf('slow'));
    const answeredBy: string[] = [];
    let stop = false;
    const load = (async () => {
      for (let value = 0; !stop; value = (value + 1) % 20) {
        const { runner, regions } = await infer(frameOf(value), wholePicture);
        expect(regions[0]?.logits[0]).toBeCloseTo(meansOf(value)[0] ?? Number.NaN, 5);
        if (answeredBy.at(-1) !== runner.model.name) answeredBy.push(runner.model.name);
      }
    })();
    for (const name of ['means', 'slow']) {
      const { gapMs } = await replace(specOf(name));
      expect(gapMs).toBeNull();
      await vi.waitUntil(() => answeredBy.at(-1) === name);
    }
    stop = true;
    await load;
    expect(answeredBy).toEqual(['slow', 'means', 'slow']);
    expect(lost).toEqual([]);
  });

  it('outlives a runner killed in the middle of a frame', async () => {
    const { infer, replace, ready } = bound(open());
    const { info } = await replace(specOf('slow'));
    const answer = infer(frameOf(255), wholePicture);
    process.kill(info.pid, 'SIGKILL');
    await expect(answer).rejects.toMatchObject({ code: 'runner-crashed' });
    await vi.waitUntil(() => lost.length === 1);
    expect((await ready()).pid).not.toBe(info.pid);
    await infer(frameOf(3), wholePicture);
    expect(lost).toEqual([expect.objectContaining({ expected: false, signal: 'SIGKILL' })]);
  });

  it('keeps its runner when the next one cannot be loaded', async () => {
    const { infer, replace } = bound(open());
    const { info } = await replace(specOf('means'));
    await expect(replace(specOf('float-input'))).rejects.toMatchObject({ code: 'graph-mismatch' });
    expect((await infer(frameOf(3), wholePicture)).runner.pid).toBe(info.pid);
  });

  it('leaves no process when closed while one starts', async () => {
    const { replace, close } = bound(open());
    const replaced = replace(specOf('means'));
    await close();
    await expect(replaced).rejects.toMatchObject({ code: 'slot-closed' });
  });
});

const bound = (slot: Slot) => ({
  infer: slot.infer.bind(slot),
  replace: slot.replace.bind(slot),
  ready: slot.ready.bind(slot),
  close: slot.close.bind(slot),
});

describe('when the daemon is killed', () => {
  let daemon: ChildProcess | null = null;
  afterEach(() => daemon?.kill('SIGKILL'));

  it.each([
    ['idle', 0, null],
    ['in the middle of a run', 60, null],
    ['stopped', 0, 'SIGSTOP'],
  ] as const)('a runner that is %s is gone too', async (_, brightness, signal) => {
    daemon = spawn(process.execPath, ['--input-type=module', '-e', hostScript(brightness)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: daemon.stdout as NodeJS.ReadableStream }), 'line')) as [string];
    const pid = Number(line);
    if (signal !== null) process.kill(pid, signal);
    expect(isAlive(pid)).toBe(true);
    daemon.kill('SIGKILL');
    await vi.waitUntil(() => !isAlive(pid), { timeout: 10_000 });
  });
});

/** A daemon that starts a runner, gives it a frame and says its process id. */
function hostScript(brightness: number): string {
  const child = new URL('./child-runner.js', builtRunner);
  const spec = { ...specOf('slow'), graphPath: graph('slow') };
  const frame = `{ format: { kind: 'rgb24', width: 8, height: 8, rowStride: 24 }, data: new Uint8Array(192).fill(${brightness}) }`;
  return `
    import { startRunner } from ${JSON.stringify(child.href)};
    const runner = await startRunner(${JSON.stringify(spec)}, { entry: new URL(${JSON.stringify(builtRunner.href)}) });
    const answer = runner.infer(${frame}, ${JSON.stringify(wholePicture)});
    if (${brightness} === 0) await answer;
    console.log(runner.info.pid);
    setInterval(() => undefined, 1000);`;
}
