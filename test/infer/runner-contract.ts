import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Runner, RunnerSpec } from '../../src/infer/runner.js';
import { isAlive } from '../harness/processes.js';
import { frameOf, frameWith, halves, meansOf, specOf, wholePicture } from './fixtures.js';

export interface RunnerKind {
  readonly name: string;
  /** Where this kind's binding is. */
  binding(): string | null;
  start(spec: RunnerSpec, options?: { signal?: AbortSignal; startDeadlineMs?: number }): Promise<Runner>;
}

/** A frame whose largest byte makes slow.onnx work for seconds. */
const slowFrame = () => frameOf(255);

/** What every kind of runner keeps to; run against each. */
export function runnerContract(kind: RunnerKind): void {
  describe(`runner: ${kind.name}`, () => {
    const started: Runner[] = [];
    const start = async (name: string, changes: Partial<RunnerSpec> = {}) => {
      const runner = await kind.start(specOf(name, { binding: kind.binding(), ...changes }));
      started.push(runner);
      return runner;
    };

    afterEach(async () => {
      for (const runner of started.splice(0)) {
        await runner.close();
        expect(isAlive(runner.info.pid)).toBe(false);
      }
    });

    it('says what it runs on', async () => {
      const { info } = await start('means', { threads: 2 });
      expect(info).toMatchObject({
        runtime: 'onnxruntime-node 1.30.0',
        providersAsked: ['cpu'],
        providersCompiledIn: expect.arrayContaining(['cpu']),
        providerActual: 'cpu',
        providerReason: null,
        threads: 2,
        model: { name: 'means' },
      });
      expect(info.pid).not.toBe(process.pid);
      expect(info.loadMs).toBeGreaterThan(0);
      expect(info.warmUpMs).toBeGreaterThan(0);
    });

    it('computes at the priority asked for, on every thread of the network', async () => {
      const { pid } = (await start('means', { threads: 3, nice: 7 })).info;
      expect(getPriority(pid)).toBe(7);
      expect(threadPriorities(pid).filter((nice) => nice === 7).length).toBeGreaterThanOrEqual(3);
    });

    it('never leaves the fall-back to the CPU unsaid', async () => {
      const { info } = await start('means', { providers: ['tensorrt', 'cuda', 'cpu'] });
      expect(info.providersAsked).toEqual(['tensorrt', 'cuda', 'cpu']);
      expect(info.providerActual).toBe('cpu');
      expect(info.providerReason).toMatch(/^running on cpu because tensorrt: .+; cuda: .+/);
    });

    it('answers frame after frame, each with its own scores', async () => {
      const runner = await start('means');
      for (const [red, green, blue] of [
        [0, 0, 0],
        [255, 0, 10],
        [1, 2, 3],
        [200, 100, 50],
      ] as const) {
        const answer = await runner.infer(frameOf(red, green, blue), wholePicture);
        expect(answer.runner).toBe(runner.info);
        expect(answer.picture).toEqual({ width: 8, height: 8 });
        expect(answer.regions).toHaveLength(1);
        expect(answer.regions[0]?.region).toBeNull();
        expectLogits(answer.regions[0]?.logits, meansOf(red, green, blue));
      }
    });

    it('answers each region of a frame under its name', async () => {
      const runner = await start('means');
      const half = [...Array(4).fill([255, 0, 0]), ...Array(4).fill([0, 0, 255])].flat() as number[];
      const pixels = Uint8Array.from({ length: 8 * 24 }, (_, index) => half[index % 24] ?? 0);
      const answer = await runner.infer(
        frameWith(pixels, { kind: 'rgb24', width: 8, height: 8, rowStride: 24 }),
        halves,
      );
      expect(answer.regions.map(({ region }) => region)).toEqual(['left', 'right']);
      expectLogits(answer.regions[0]?.logits, meansOf(255, 0, 0));
      expectLogits(answer.regions[1]?.logits, meansOf(0, 0, 255));
    });

    it('has copied the frame when infer returns, even while the process reads nothing', async () => {
      const runner = await start('means');
      const pixels = new Uint8Array(640 * 480 * 3).fill(51);
      const frame = frameWith(pixels, { kind: 'rgb24', width: 640, height: 480, rowStride: 1920 });
      process.kill(runner.info.pid, 'SIGSTOP');
      const answer = runner.infer(frame, wholePicture);
      pixels.fill(255);
      process.kill(runner.info.pid, 'SIGCONT');
      expectLogits((await answer).regions[0]?.logits, meansOf(51));
    });

    it('refuses a second frame while one is in flight', async () => {
      const runner = await start('slow');
      const first = runner.infer(frameOf(20), wholePicture);
      await expect(runner.infer(frameOf(1), wholePicture)).rejects.toMatchObject({
        family: 'bug',
        code: 'runner-busy',
      });
      expectLogits((await first).regions[0]?.logits, meansOf(20));
    });

    it('lives on after a picture that cannot be decoded', async () => {
      const runner = await start('means');
      const cut = frameWith(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16), { kind: 'jpeg' });
      const short = frameWith(new Uint8Array(10), { kind: 'rgb24', width: 8, height: 8, rowStride: 24 });
      for (const damaged of [cut, short]) {
        await expect(runner.infer(damaged, wholePicture)).rejects.toMatchObject({ code: 'frame-corrupt' });
      }
      expectLogits((await runner.infer(frameOf(9), wholePicture)).regions[0]?.logits, meansOf(9));
    });

    it('rejects the frame in flight when its process is killed, and says how it ended', async () => {
      const runner = await start('slow');
      const answer = runner.infer(slowFrame(), wholePicture);
      process.kill(runner.info.pid, 'SIGKILL');
      await expect(answer).rejects.toMatchObject({ code: 'runner-crashed', facts: { signal: 'SIGKILL' } });
      expect(await runner.exited).toMatchObject({ expected: false, signal: 'SIGKILL', code: null });
      await expect(runner.infer(frameOf(1), wholePicture)).rejects.toMatchObject({ code: 'runner-crashed' });
    });

    it('kills a process that is past the deadline of its frame', async () => {
      const runner = await start('slow', { deadlineMs: 30 });
      await expect(runner.infer(slowFrame(), wholePicture)).rejects.toMatchObject({ code: 'runner-deadline' });
      await expect(runner.infer(frameOf(1), wholePicture)).rejects.toMatchObject({ code: 'runner-crashed' });
      expect(await runner.exited).toMatchObject({
        expected: false,
        signal: 'SIGKILL',
        reason: expect.stringMatching(/no answer within 30 ms; killed$/),
      });
    });

    it('takes an answer that came in time even when the daemon was too busy to read it', async () => {
      const runner = await start('means', { deadlineMs: 50 });
      const answer = runner.infer(frameOf(8), wholePicture);
      blockThisThread(500);
      expectLogits((await answer).regions[0]?.logits, meansOf(8));
    });

    it('answers the frame at work before it ends on SIGTERM', async () => {
      const runner = await start('slow');
      const answer = runner.infer(frameOf(40), wholePicture);
      await busy(runner.info.pid);
      process.kill(runner.info.pid, 'SIGTERM');
      expectLogits((await answer).regions[0]?.logits, meansOf(40));
      expect(await runner.exited).toMatchObject({ expected: false, code: 0, signal: null });
    });

    it('leaves SIGINT to the daemon', async () => {
      const runner = await start('means');
      process.kill(runner.info.pid, 'SIGINT');
      expectLogits((await runner.infer(frameOf(7), wholePicture)).regions[0]?.logits, meansOf(7));
    });

    it('lets the frame in flight finish on close, takes no other, and ends clean', async () => {
      const runner = await start('slow');
      const answer = runner.infer(frameOf(20), wholePicture);
      const closed = runner.close();
      await expect(runner.infer(frameOf(1), wholePicture)).rejects.toMatchObject({ code: 'runner-closed' });
      expectLogits((await answer).regions[0]?.logits, meansOf(20));
      await closed;
      expect(await runner.exited).toMatchObject({ expected: true, code: 0, signal: null });
      await runner.close();
    });

    it('is killed for scores that are no numbers, which no decision could be made of', async () => {
      const runner = await start('bright-nan');
      await runner.infer(frameOf(0), wholePicture);
      const reason = /gave scores that are no numbers .*; killed$/;
      await expect(runner.infer(frameOf(255), wholePicture)).rejects.toMatchObject({
        code: 'runner-crashed',
        message: expect.stringMatching(reason),
      });
      expect(await runner.exited).toMatchObject({ signal: 'SIGKILL', reason: expect.stringMatching(reason) });
    });

    it.each([
      ['a file that is not there', 'missing', {}, 'graph-missing', /missing\.onnx: no such file/],
      [
        'a file that is no graph',
        'make_graphs',
        { graphPath: new URL('../fixtures/infer/make_graphs.py', import.meta.url).pathname },
        'graph-rejected',
        /onnxruntime refused it: cpu: .+/,
      ],
      [
        'another input size',
        'means',
        { input: { width: 16, height: 8 } },
        'graph-mismatch',
        /input "image": expected uint8 \[1,8,16,3\], it has uint8 \[1,8,8,3\]/,
      ],
      [
        'another input type',
        'float-input',
        {},
        'graph-mismatch',
        /expected uint8 \[1,8,8,3\], it has float32 \[1,8,8,3\]/,
      ],
      [
        'another number of classes',
        'means',
        { classes: 5 },
        'graph-mismatch',
        /output "logits": expected float32 \[1,5\], it has float32 \[1,4\]/,
      ],
      ['two outputs', 'two-outputs', {}, 'graph-mismatch', /expected one output, it has 2/],
      ['scores that are no numbers', 'no-numbers', {}, 'scores-not-finite', /scores that are no numbers/],
    ] as const)('refuses %s', async (_, name, changes, code, message) => {
      await expect(start(name, changes)).rejects.toMatchObject({
        family: 'model',
        code,
        message: expect.stringMatching(message),
      });
    });

    it('starts nothing when aborted before, and leaves nothing when aborted meanwhile', async () => {
      await expect(
        kind.start(specOf('means', { binding: kind.binding() }), { signal: AbortSignal.abort() }),
      ).rejects.toMatchObject({ code: 'runner-closed' });
      const abort = new AbortController();
      const before = children();
      const starting = kind.start(specOf('means', { binding: kind.binding() }), { signal: abort.signal });
      await vi.waitUntil(() => children().length > before.length);
      const pids = children().filter((pid) => !before.includes(pid));
      abort.abort();
      await expect(starting).rejects.toMatchObject({ code: 'runner-closed' });
      expect(pids.filter(isAlive)).toEqual([]);
    });

    it('kills a process that is not ready in time', async () => {
      const before = children();
      await expect(
        kind.start(specOf('means', { binding: kind.binding() }), { startDeadlineMs: 1 }),
      ).rejects.toMatchObject({ code: 'runner-start-failed' });
      expect(children()).toEqual(before);
    });
  });
}

/** Logits within float32 rounding. */
function expectLogits(logits: Float32Array | undefined, expected: readonly number[]): void {
  expect(logits).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) expect(logits?.[index]).toBeCloseTo(value, 5);
}

function threadPriorities(pid: number): number[] {
  const stats = readdirSync(`/proc/${pid}/task`).map((task) => readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8'));
  return stats.map((stat) => Number(stat.split(') ')[1]?.split(' ')[16]));
}

function blockThisThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Live children of this process. */
function children(): number[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** Until the process has used some CPU time since: its run has begun. */
async function busy(pid: number): Promise<void> {
  const ticks = () => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[11]);
  const before = ticks();
  await vi.waitUntil(() => ticks() >= before + 5, { interval: 5, timeout: 5000 });
}
