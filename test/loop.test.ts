import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDecider } from '../src/decode/decide.js';
import { modelError } from '../src/errors.js';
import type { FrameFate, View } from '../src/frame.js';
import { createRateGate } from '../src/governor/gate.js';
import { type LoopCamera, runLoop } from '../src/loop.js';
import type { FrameResult } from '../src/result.js';
import { FakeCamera } from './fakes/camera.js';
import { FakeClock } from './fakes/clock.js';
import { FakeSlot, fakeRunnerInfo } from './fakes/slot.js';

const view: View = { rotate: 0, fit: 'squash', cropPct: 1, region: null };
const cat = Float32Array.of(3, 0);

function loopOver(
  cameras: readonly FakeCamera[],
  { fps = null as number | null, regions = [null as string | null] } = {},
) {
  const slot = new FakeSlot();
  const clock = new FakeClock();
  const results: FrameResult[] = [];
  const stop = new AbortController();
  const loopCameras: LoopCamera[] = cameras.map((camera) => ({
    camera,
    gate: createRateGate(fps),
    regions: regions.map((name) => ({ name, view, decider: createDecider({}) })),
    validForMs: 200,
  }));
  const ended = runLoop(
    { slot, cameras: loopCameras, labels: () => ['cat', 'dog'], publish: (result) => results.push(result), clock },
    stop.signal,
  );
  return { slot, clock, results, stop, ended };
}

/** Lets every promise that can settle do so. */
const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);

describe('the loop', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('makes a result of a frame, with its identity and its times by stage', async () => {
    const front = new FakeCamera('front');
    const { slot, clock, results, stop, ended } = loopOver([front]);
    clock.advanceMs(100);
    front.put(7, clock.monotonicNs());
    clock.advanceMs(3);
    await settle();
    clock.advanceMs(8);
    slot.sent[0]?.answer(cat);
    await settle();
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({
      camera: 'front',
      region: null,
      slot: 'main',
      frameSeq: 7,
      classId: 'cat',
      validForMs: 200,
      model: fakeRunnerInfo.model,
      durations: { waitMs: 3, transferMs: 2, prepareMs: 1, networkMs: 5, decodeMs: 0, totalMs: 11 },
    });
    expect(front.fateOf).toEqual(['done']);
    expect(front.released).toBe(1);
    stop.abort();
    await ended;
  });

  it('has one frame in flight, and sends the next before it decodes the last answer', async () => {
    const front = new FakeCamera('front');
    const { slot, results, stop, ended } = loopOver([front]);
    front.put(1);
    front.put(2);
    await settle();
    expect(slot.sent.map(({ seq }) => seq)).toEqual([1]);
    const seenAtSend: number[] = [];
    const infer = slot.infer.bind(slot);
    slot.infer = (...args) => {
      seenAtSend.push(results.length);
      return infer(...args);
    };
    slot.sent[0]?.answer(cat);
    await settle();
    expect(slot.sent.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(seenAtSend).toEqual([0]);
    expect(results.map(({ frameSeq }) => frameSeq)).toEqual([1]);
    stop.abort();
    slot.sent[1]?.answer(cat);
    await ended;
    expect(results.map(({ frameSeq }) => frameSeq)).toEqual([1, 2]);
  });

  it('takes the cameras in fair turn', async () => {
    const cameras = ['a', 'b', 'c'].map((id) => new FakeCamera(id));
    const { slot, stop, ended } = loopOver(cameras);
    for (const camera of cameras) for (let seq = 0; seq < 3; seq++) camera.put(seq);
    for (let i = 0; i < 9; i++) {
      await settle();
      slot.sent[i]?.answer(cat);
    }
    await settle();
    expect(slot.sent.map(({ camera }) => camera).join('')).toBe('abcabcabc');
    stop.abort();
    await ended;
  });

  it('asks for leave before it takes a frame, and comes back when leave is due', async () => {
    const front = new FakeCamera('front');
    const { slot, clock, stop, ended } = loopOver([front], { fps: 10 });
    front.put(1);
    front.put(2);
    await settle();
    slot.sent[0]?.answer(cat);
    await settle();
    expect(slot.sent).toHaveLength(1);
    clock.advanceMs(100);
    await vi.advanceTimersByTimeAsync(100);
    expect(slot.sent.map(({ seq }) => seq)).toEqual([1, 2]);
    slot.sent[1]?.answer(cat);
    stop.abort();
    await ended;
  });

  it('answers for each region', async () => {
    const front = new FakeCamera('front');
    const { slot, results, stop, ended } = loopOver([front], { regions: ['left', 'right'] });
    front.put(1);
    await settle();
    slot.sent[0]?.answer(cat);
    await settle();
    expect(results.map(({ region }) => region)).toEqual(['left', 'right']);
    expect(front.fateOf).toEqual(['done']);
    stop.abort();
    await ended;
  });

  it.each<[string, FrameFate]>([
    ['frame-corrupt', 'corrupt'],
    ['runner-crashed', 'runnerFailed'],
    ['runner-deadline', 'deadline'],
    ['slot-empty', 'noModel'],
  ])('counts a frame lost to %s as %s, gives it back and goes on', async (code, fate) => {
    const front = new FakeCamera('front');
    const { slot, results, stop, ended } = loopOver([front]);
    front.put(1);
    await settle();
    slot.sent[0]?.fail(modelError(code, 'made up by the test'));
    front.put(2);
    await settle();
    slot.sent[1]?.answer(cat);
    await settle();
    expect(front.fateOf).toEqual([fate, 'done']);
    expect(front.released).toBe(2);
    expect(results.map(({ frameSeq }) => frameSeq)).toEqual([2]);
    stop.abort();
    await ended;
  });

  it('leaves frames with the camera while there is no model', async () => {
    const front = new FakeCamera('front');
    const { slot, stop, ended } = loopOver([front]);
    slot.setRunner(null);
    front.put(1);
    await settle();
    expect(slot.sent).toHaveLength(0);
    slot.setRunner(fakeRunnerInfo);
    await settle();
    expect(slot.sent).toHaveLength(1);
    slot.sent[0]?.answer(cat);
    stop.abort();
    await ended;
  });

  it('ends with a bug, which it does not know how to count', async () => {
    const front = new FakeCamera('front');
    const { slot, ended } = loopOver([front]);
    front.put(1);
    await settle();
    slot.sent[0]?.fail(new TypeError('a bug'));
    await expect(ended).rejects.toThrow('a bug');
  });

  it('ends when stopped, idle or waiting for a model', async () => {
    for (const runner of [fakeRunnerInfo, null]) {
      const { slot, stop, ended } = loopOver([new FakeCamera('front')], { fps: 5 });
      slot.setRunner(runner);
      await settle();
      stop.abort();
      await ended;
    }
    expect(vi.getTimerCount()).toBe(0);
  });
});
