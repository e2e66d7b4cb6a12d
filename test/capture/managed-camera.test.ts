import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Camera, CameraStatus } from '../../src/capture/camera.js';
import { createCamera } from '../../src/capture/managed-camera.js';
import { createNewestFrame } from '../../src/capture/newest.js';
import type { OpenedSource } from '../../src/capture/scheme.js';
import type { SourceFrame, SourceSink } from '../../src/capture/source.js';
import type { Clock } from '../../src/clock.js';
import { deviceError } from '../../src/errors.js';
import type { Frame } from '../../src/frame.js';
import { silentLogger } from '../../src/log.js';

/** Both clocks follow vitest's timers. */
const clock: Clock = { monotonicNs: () => BigInt(Math.round(performance.now() * 1e6)), wallMs: () => Date.now() };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A source whose runs the test steers. */
class SteeredSource {
  runs = 0;
  sink: SourceSink | null = null;
  aborts = 0;
  end: (error?: Error) => void = () => undefined;

  opened(expectedFps: number | null, waitsForProducer = false): OpenedSource {
    const source = {
      run: (sink: SourceSink, signal: AbortSignal): Promise<void> => {
        this.runs += 1;
        this.sink = sink;
        return new Promise((resolve, reject) => {
          this.end = (error) => (error === undefined ? resolve() : reject(error));
          signal.addEventListener('abort', () => {
            this.aborts += 1;
            resolve();
          });
        });
      },
    };
    return { source, expectedFps, waitsForProducer };
  }

  give(seq: number, ageMs = 0, bytes = 8): void {
    const frame: SourceFrame = {
      seq,
      format: { kind: 'gray8', width: bytes, height: 1, rowStride: bytes },
      data: Buffer.alloc(bytes, seq),
      captured: { monotonicNs: clock.monotonicNs() - BigInt(ageMs) * 1_000_000n, source: 'sensor' },
    };
    this.sink?.frame(frame);
    frame.data.fill(0xee);
  }
}

interface Made {
  readonly camera: Camera;
  readonly source: SteeredSource;
  readonly statuses: CameraStatus[];
}

function make(expectedFps: number | null = 20, waitsForProducer = false): Made {
  const source = new SteeredSource();
  const tools = { clock, log: silentLogger, random: () => 0.5 };
  const camera = createCamera({ id: 'front', maxAgeMs: 500 }, source.opened(expectedFps, waitsForProducer), tools);
  const statuses: CameraStatus[] = [];
  camera.onStatus((status) => statuses.push(status));
  camera.start();
  return { camera, source, statuses };
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('the newest frame', () => {
  it('wins; the replaced ones are counted', () => {
    const { camera, source } = make();
    let told = 0;
    camera.onFrame(() => {
      told += 1;
    });
    for (const seq of [1, 2, 3]) source.give(seq);
    const frame = camera.take();
    expect([frame?.seq, frame?.camera, frame?.data[0]]).toEqual([3, 'front', 3]);
    expect(camera.take()).toBeNull();
    expect(told).toBe(3);
    expect(camera.fates()).toMatchObject({ replaced: 2, tooOld: 0, done: 0 });
  });

  it('is dropped and counted when it is older than maxAge', async () => {
    const { camera, source } = make();
    source.give(1, 501);
    expect(camera.take()).toBeNull();
    source.give(2);
    await pass(501);
    expect(camera.take()).toBeNull();
    source.give(3, 500);
    expect(camera.take()?.seq).toBe(3);
    expect(camera.fates()).toMatchObject({ tooOld: 2, replaced: 0 });
  });

  it('is counted as stopped when the camera closes', async () => {
    const { camera, source } = make();
    source.give(1);
    await camera.close();
    expect(camera.take()).toBeNull();
    expect(camera.fates().stopped).toBe(1);
    source.give(2);
    expect(camera.take()).toBeNull();
  });

  it('keeps its bytes while others come, for as long as it is held; buffers are reused', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant('put'), fc.constant('take'), fc.constant('release')), { maxLength: 60 }),
        (steps) => {
          const newest = createNewestFrame('front');
          const held: Frame[] = [];
          const stores = new Set<ArrayBufferLike>();
          let seq = 0;
          for (const step of steps) {
            if (step === 'put') {
              seq += 1;
              newest.put({
                seq,
                format: { kind: 'jpeg' },
                data: Buffer.alloc(1 + (seq % 5), seq),
                captured: { monotonicNs: 0n, source: 'arrival' },
              });
            } else if (step === 'take') {
              const frame = newest.take();
              if (frame !== null) held.push(frame);
            } else held.shift()?.release();
            for (const frame of held) {
              stores.add(frame.data.buffer);
              expect([...frame.data]).toEqual(Array(1 + (frame.seq % 5)).fill(frame.seq));
            }
            expect(held.length).toBeLessThanOrEqual(4);
          }
          // Four buffers, each replaced only to grow.
          expect(stores.size).toBeLessThanOrEqual(4 * 5);
        },
      ),
    );
  });

  it('may be released once', () => {
    const { camera, source } = make();
    source.give(1);
    const frame = camera.take();
    frame?.release();
    expect(() => frame?.release()).toThrow(expect.objectContaining({ family: 'bug', code: 'frame-released-twice' }));
  });
});

describe('the state', () => {
  it('is starting, online with the first frame, offline with the reason on a failure, and online again', async () => {
    const { camera, source, statuses } = make();
    expect(camera.status()).toMatchObject({ state: 'starting', reason: null, code: null, fps: null });
    source.give(1);
    await pass(50);
    source.give(2);
    source.end(deviceError('source-exited', 'ffmpeg ended with status 1'));
    await pass(0);
    expect(source.runs).toBe(1);
    await pass(500);
    expect(source.runs).toBe(2);
    source.give(3);
    expect(statuses.map(({ state, code, reason }) => [state, code, reason])).toEqual([
      ['online', null, null],
      ['offline', 'source-exited', 'ffmpeg ended with status 1'],
      ['online', null, null],
    ]);
  });

  it('is ended when the source came to its end, and stays so', async () => {
    const { camera, source } = make();
    source.give(1);
    source.end();
    await pass(60_000);
    expect(camera.status()).toMatchObject({ state: 'ended', code: 'source-ended' });
    expect(source.runs).toBe(1);
    expect(camera.fates().tooOld).toBe(0);
  });

  it('tells the rate of the last seconds, falling when nothing comes', async () => {
    const { camera, source } = make();
    for (let seq = 0; seq < 40; seq++) {
      source.give(seq);
      await pass(50);
    }
    expect(camera.status().fps).toBeCloseTo(20, 0);
    await pass(4000);
    expect(camera.status().fps).toBeLessThan(10);
  });

  it('counts damaged frames and what the loop tells', () => {
    const { camera, source } = make();
    source.sink?.corrupt('torn');
    camera.countFate('done');
    camera.countFate('deadline');
    expect(camera.fates()).toMatchObject({ corrupt: 1, done: 1, deadline: 1 });
  });
});

describe('a failing source', () => {
  it('is tried again after growing delays, up to half a minute, until frames came for ten seconds', async () => {
    const { source } = make();
    const delays: number[] = [];
    const failAndMeasure = async (): Promise<void> => {
      const runs = source.runs;
      const before = performance.now();
      source.give(1);
      source.end(new Error('no such device'));
      while (source.runs === runs) await pass(100);
      delays.push(Math.round((performance.now() - before) / 100) * 100);
    };
    for (let n = 0; n < 7; n++) await failAndMeasure();
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    for (let n = 0; n < 12; n++) {
      source.give(n);
      await pass(1000);
    }
    delays.length = 0;
    await failAndMeasure();
    expect(delays).toEqual([500]);
  });
});

describe('a stall', () => {
  it('is noticed after 5 s at usual rates, and the source is started again', async () => {
    const { camera, source } = make(20);
    source.give(1);
    await pass(4900);
    expect(camera.status().state).toBe('online');
    await pass(400);
    expect(camera.status()).toMatchObject({ state: 'offline', code: 'source-stalled' });
    expect(source.aborts).toBe(1);
    await pass(1000);
    expect(source.runs).toBe(2);
  });

  it('is waited for 15 s before the first frame', async () => {
    const { source } = make(20);
    await pass(14_500);
    expect(source.aborts).toBe(0);
    await pass(1000);
    expect(source.aborts).toBe(1);
  });

  it.each([
    ['whose URL says so', 0.1],
    ['that nobody told of', null],
  ])('does not kill a slow source for ever: one %s', async (_name, expectedFps) => {
    const { camera, source } = make(expectedFps);
    // A frame each 10 s of its own life, as a camera that wakes up on a timer; killed, it begins anew.
    let run = source.runs;
    let sinceMs = 0;
    for (let elapsed = 0; elapsed < 600_000; elapsed += 500) {
      await pass(500);
      sinceMs = run === source.runs ? sinceMs + 500 : 0;
      run = source.runs;
      if (sinceMs > 0 && sinceMs % 10_000 === 0) source.give(elapsed);
    }
    const runs = source.runs;
    expect(runs).toBeLessThanOrEqual(4);
    expect(camera.status().state).toBe('online');
  });

  it('of a producer is said, but its source is left alone', async () => {
    const { camera, source } = make(20, true);
    source.give(1);
    await pass(20_000);
    expect(camera.status()).toMatchObject({ state: 'offline', code: 'source-stalled' });
    expect([source.runs, source.aborts]).toEqual([1, 0]);
    for (const seq of [2, 3, 4]) {
      source.give(seq);
      await pass(50);
    }
    expect(camera.status().state).toBe('online');
    await pass(20_000);
    expect(camera.status().state).toBe('offline');
  });
});

describe('close', () => {
  it('ends the waiting for the next attempt too', async () => {
    const { camera, source } = make();
    source.end(new Error('gone'));
    await pass(0);
    await camera.close();
    await pass(60_000);
    expect(source.runs).toBe(1);
  });

  it('does not wait for a source that does not end', async () => {
    const source: OpenedSource = {
      source: { run: () => new Promise(() => undefined) },
      expectedFps: null,
      waitsForProducer: false,
    };
    const camera = createCamera({ id: 'front', maxAgeMs: 500 }, source, {
      clock,
      log: silentLogger,
      random: () => 0.5,
    });
    camera.start();
    const closed = camera.close();
    await pass(3000);
    await closed;
  });
});
