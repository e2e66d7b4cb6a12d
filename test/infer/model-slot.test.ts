import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBackoff } from '../../src/backoff.js';
import { createSlot } from '../../src/infer/model-slot.js';
import type { Slot, SlotEvents } from '../../src/infer/slot.js';
import { type FakeStarts, fakeStarts } from './fake-runner.js';
import { frameOf, specOf, wholePicture } from './fixtures.js';

const first = specOf('first');
const second = specOf('second');

const spies = () => ({
  runnerReady: vi.fn<SlotEvents['runnerReady']>(),
  runnerLost: vi.fn<SlotEvents['runnerLost']>(),
  runnerFailed: vi.fn<SlotEvents['runnerFailed']>(),
});

describe('slot', () => {
  let fake: FakeStarts;
  let slot: Slot;
  let events: ReturnType<typeof spies>;
  const infer = () => slot.infer(frameOf(1), wholePicture);
  const served = () => slot.current()?.model.name;

  beforeEach(() => {
    vi.useFakeTimers();
    fake = fakeStarts();
    events = spies();
    slot = createSlot({
      name: 'main',
      start: fake.start,
      events,
      backoff: createBackoff({ baseMs: 1000, capMs: 8000, random: () => 0.5 }),
      clock: { monotonicNs: () => BigInt(Date.now()) * 1_000_000n, wallMs: () => Date.now() },
    });
  });

  afterEach(async () => {
    await slot.close();
    expect(fake.runners.filter((runner) => runner.state !== 'gone')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('is empty until the first runner is ready', async () => {
    fake.immediate = false;
    expect(slot.current()).toBeNull();
    await expect(infer()).rejects.toMatchObject({ family: 'model', code: 'slot-empty' });
    const ready = slot.ready();
    const replaced = slot.replace(first);
    const runner = fake.pending[0]?.up();
    expect(await replaced).toEqual({ info: runner?.info, gapMs: null });
    expect(await ready).toBe(runner?.info);
    expect(await slot.ready()).toBe(runner?.info);
    expect(slot.current()).toBe(runner?.info);
    expect(events.runnerReady.mock.calls).toEqual([[runner?.info]]);
  });

  it('stays empty when the first start fails, and tells whoever asked', async () => {
    fake.immediate = false;
    const replaced = slot.replace(first);
    fake.pending[0]?.fail('graph-missing');
    await expect(replaced).rejects.toMatchObject({ code: 'graph-missing' });
    expect(slot.current()).toBeNull();
    fake.immediate = true;
    await slot.replace(second);
    expect(served()).toBe('second');
  });

  it('replaces side by side: the old one serves until the switch, and its frame is answered', async () => {
    await slot.replace(first);
    fake.immediate = false;
    const replaced = slot.replace(second);
    expect(served()).toBe('first');
    const [old] = fake.runners;
    const inFlight = infer();
    const next = fake.pending[0]?.up();
    await vi.waitUntil(() => served() === 'second');
    expect(old?.state).toBe('closing');
    const after = infer();
    next?.answer();
    expect((await after).runner.model.name).toBe('second');
    old?.answer();
    expect((await inFlight).runner.model.name).toBe('first');
    expect(await replaced).toEqual({ info: next?.info, gapMs: null });
    expect(old?.state).toBe('gone');
    expect(events.runnerLost).not.toHaveBeenCalled();
  });

  it('replaces one after the other where asked to, and says for how long there was none', async () => {
    await slot.replace(first);
    fake.immediate = false;
    const [old] = fake.runners;
    const inFlight = infer();
    const replaced = slot.replace(second, 'stop-then-start');
    expect(fake.pending).toHaveLength(0);
    await expect(infer()).rejects.toMatchObject({ code: 'slot-empty' });
    old?.answer();
    expect((await inFlight).runner.model.name).toBe('first');
    await vi.waitUntil(() => fake.pending.length === 1);
    expect(old?.state).toBe('gone');
    await vi.advanceTimersByTimeAsync(700);
    fake.pending[0]?.up();
    const { gapMs } = await replaced;
    expect(gapMs).toBeGreaterThanOrEqual(700);
    expect(served()).toBe('second');
  });

  it.each(['side-by-side', 'stop-then-start'] as const)(
    'a replacement %s that fails leaves the old model',
    async (how) => {
      await slot.replace(first);
      fake.immediate = false;
      const replaced = slot.replace(second, how);
      await vi.waitUntil(() => fake.pending.length === 1);
      fake.immediate = true;
      fake.pending[0]?.fail('graph-rejected');
      await expect(replaced).rejects.toMatchObject({ code: 'graph-rejected' });
      await vi.advanceTimersByTimeAsync(0);
      expect(served()).toBe('first');
      expect(fake.runners).toHaveLength(how === 'side-by-side' ? 1 : 2);
    },
  );

  it('takes one replacement at a time', async () => {
    fake.immediate = false;
    const replaced = slot.replace(first);
    await expect(slot.replace(second)).rejects.toMatchObject({ code: 'slot-busy' });
    fake.pending[0]?.up();
    await replaced;
    expect(served()).toBe('first');
    fake.immediate = true;
    await slot.replace(second);
    expect(served()).toBe('second');
  });

  it('starts a crashed runner again, with growing delays until one is up', async () => {
    await slot.replace(first);
    fake.immediate = false;
    const inFlight = infer();
    fake.runners[0]?.crash('SIGILL');
    await expect(inFlight).rejects.toMatchObject({ code: 'runner-crashed' });
    await vi.waitUntil(() => slot.current() === null);
    expect(events.runnerLost.mock.calls).toEqual([
      [expect.objectContaining({ signal: 'SIGILL', expected: false }), 500],
    ]);
    await expect(infer()).rejects.toMatchObject({ code: 'slot-empty' });
    await vi.advanceTimersByTimeAsync(500);
    fake.pending[0]?.fail('runner-start-failed');
    await vi.advanceTimersByTimeAsync(0);
    expect(events.runnerFailed.mock.calls).toEqual([[expect.objectContaining({ code: 'runner-start-failed' }), 1000]]);
    const ready = slot.ready();
    await vi.advanceTimersByTimeAsync(1000);
    const again = fake.pending[1]?.up();
    expect(await ready).toBe(again?.info);
    expect(fake.pending.map(({ spec }) => spec)).toEqual([first, first]);
  });

  it.each([
    ['after a short life the delays grow', 1000, [500, 1000, 2000]],
    ['after a sound life they begin anew', 30_000, [500, 500, 500]],
  ])('%s', async (_, servedMs, delays) => {
    await slot.replace(first);
    for (const [index, delay] of delays.entries()) {
      await vi.advanceTimersByTimeAsync(servedMs);
      fake.runners[index]?.crash();
      await vi.advanceTimersByTimeAsync(0);
      expect(events.runnerLost.mock.calls[index]?.[1]).toBe(delay);
      await vi.advanceTimersByTimeAsync(delay);
    }
  });

  it('forgets the restart of the old model once another is up', async () => {
    await slot.replace(first);
    fake.immediate = false;
    const replaced = slot.replace(second);
    fake.runners[0]?.crash();
    await vi.advanceTimersByTimeAsync(500);
    const [beside, restart] = fake.pending;
    expect(restart?.spec).toBe(first);
    await vi.advanceTimersByTimeAsync(250);
    beside?.up();
    expect((await replaced).gapMs).toBeGreaterThanOrEqual(750);
    restart?.up();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(served()).toBe('second');
    expect(events.runnerFailed).not.toHaveBeenCalled();
    expect(events.runnerReady).toHaveBeenCalledTimes(2);
  });

  it('is not moved by the end of a runner that it has replaced', async () => {
    await slot.replace(first);
    const inFlight = infer();
    const replaced = slot.replace(second);
    await vi.waitUntil(() => served() === 'second');
    fake.runners[0]?.crash();
    await expect(inFlight).rejects.toMatchObject({ code: 'runner-crashed' });
    await replaced;
    expect(events.runnerLost).not.toHaveBeenCalled();
    expect(served()).toBe('second');
  });

  describe('close', () => {
    it('during the start ends what is starting', async () => {
      fake.immediate = false;
      const ready = slot.ready();
      const replaced = slot.replace(first);
      const closed = slot.close();
      await expect(replaced).rejects.toMatchObject({ code: 'slot-closed' });
      await expect(ready).rejects.toMatchObject({ code: 'slot-closed' });
      await closed;
      await expect(slot.ready()).rejects.toMatchObject({ code: 'slot-closed' });
      await expect(slot.replace(second)).rejects.toMatchObject({ code: 'slot-closed' });
      expect(events.runnerReady).not.toHaveBeenCalled();
    });

    it('while it waits to restart starts nothing more', async () => {
      await slot.replace(first);
      fake.runners[0]?.crash();
      await vi.waitUntil(() => slot.current() === null);
      await slot.close();
      await vi.advanceTimersByTimeAsync(20_000);
      expect(fake.runners).toHaveLength(1);
    });

    it('between stop and start starts neither', async () => {
      await slot.replace(first);
      fake.immediate = false;
      const replaced = slot.replace(second, 'stop-then-start');
      await vi.waitUntil(() => fake.pending.length === 1);
      const closed = slot.close();
      await expect(replaced).rejects.toMatchObject({ code: 'slot-closed' });
      await closed;
      await vi.advanceTimersByTimeAsync(20_000);
      expect(fake.pending).toHaveLength(1);
    });

    it('lets the frame in flight finish', async () => {
      await slot.replace(first);
      const inFlight = infer();
      const closed = slot.close();
      fake.runners[0]?.answer();
      await inFlight;
      await closed;
      expect(fake.runners[0]?.signal.aborted).toBe(false);
    });

    it('kills a runner that does not finish its frame', async () => {
      await slot.replace(first);
      const inFlight = infer();
      const closed = slot.close();
      const lost = expect(inFlight).rejects.toMatchObject({ code: 'runner-closed' });
      await vi.advanceTimersByTimeAsync(1500);
      await lost;
      await closed;
    });
  });
});
