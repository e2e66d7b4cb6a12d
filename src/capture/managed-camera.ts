import { createBackoff } from '../backoff.js';
import { type Clock, msToNs, nsToMs } from '../clock.js';
import { asEdgeError, deviceError, type EdgeError } from '../errors.js';
import { FRAME_FATES, type FrameFate } from '../frame.js';
import type { Logger } from '../log.js';
import { createRepeatGate } from '../repeat-gate.js';
import type { Camera, CameraState, CameraStatus } from './camera.js';
import { createFrameRate } from './frame-rate.js';
import { createNewestFrame } from './newest.js';
import { countRead } from './read-garbage.js';
import type { OpenedSource } from './scheme.js';
import type { SourceSink } from './source.js';
import { createStallWatch } from './stall-watch.js';
import { waitMs } from './wait.js';

export interface CameraSettings {
  readonly id: string;
  /** Frames older than this are dropped when they would be taken. */
  readonly maxAgeMs: number;
}

export interface CameraTools {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
}

/** The first attempt to come back is quick, the later ones are up to half a minute apart. */
const BACKOFF = { baseMs: 1000, capMs: 30_000 };
/** Only frames for so long prove that a source works again; one that fails after each first frame must back off. */
const STABLE_MS = 10_000;
/** Sources end within two seconds by their contract; the program runner gives up after 1.7. */
const LONGEST_END_MS = 1900;
/** What repeats, such as a camera that stays unplugged, is logged once in so long; in between at debug. */
const REPEAT_LOG_MS = 60_000;

/** Keeps one source going for the daemon's life: see Camera. */
export function createCamera(settings: CameraSettings, opened: OpenedSource, tools: CameraTools): Camera {
  const { clock, random } = tools;
  const log = tools.log.child({ camera: settings.id });
  const newest = createNewestFrame(settings.id);
  const rate = createFrameRate();
  const backoff = createBackoff({ ...BACKOFF, random });
  const closing = new AbortController();
  const fates = Object.fromEntries(FRAME_FATES.map((fate) => [fate, 0])) as Record<FrameFate, number>;
  let frameListener: () => void = () => undefined;
  let statusListener: (status: CameraStatus) => void = () => undefined;
  let status: CameraStatus = { state: 'starting', reason: null, code: null, sinceNs: clock.monotonicNs(), fps: null };
  let running: Promise<void> = Promise.resolve();
  let onlineSinceNs: bigint | null = null;
  let programPid: number | null = null;

  const become = (state: CameraState, error: EdgeError | null): void => {
    const code = error?.code ?? null;
    if (state === status.state && code === status.code) {
      status = { ...status, reason: error?.message ?? null };
      return;
    }
    status = { state, reason: error?.message ?? null, code, sinceNs: clock.monotonicNs(), fps: null };
    statusListener(current());
  };
  const current = (): CameraStatus => ({ ...status, fps: rate.fps(clock.monotonicNs()) });

  const stalls = createStallWatch({
    expectedFps: opened.expectedFps,
    clock,
    measuredFps: () => rate.fps(clock.monotonicNs()),
  });

  const mayRepeat = createRepeatGate(REPEAT_LOG_MS, clock);
  const sink: SourceSink = {
    frame(frame) {
      if (closing.signal.aborted) return;
      countRead(frame.data.length);
      const nowNs = clock.monotonicNs();
      rate.arrived(nowNs);
      stalls.frameCame();
      if (newest.put(frame)) fates.replaced += 1;
      onlineSinceNs ??= nowNs;
      if (nowNs - onlineSinceNs > msToNs(STABLE_MS)) backoff.reset();
      become('online', null);
      frameListener();
    },
    corrupt(reason) {
      fates.corrupt += 1;
      log[mayRepeat('corrupt') ? 'warn' : 'debug']({ reason, corrupt: fates.corrupt }, 'damaged frame skipped');
    },
    program(pid) {
      programPid = pid;
    },
    note(message, facts) {
      log[mayRepeat(message) ? 'info' : 'debug']({ ...facts }, message);
    },
  };

  /** One life of the source: null when it came to its own end. */
  const runOnce = async (): Promise<EdgeError | null> => {
    const run = new AbortController();
    const stop = (): void => run.abort();
    closing.signal.addEventListener('abort', stop, { once: true });
    let stalled: EdgeError | null = null;
    stalls.start((silentMs) => {
      stalled = stallError(settings.id, silentMs, opened.waitsForProducer);
      become('offline', stalled);
      if (!opened.waitsForProducer) run.abort();
    });
    rate.restart();
    onlineSinceNs = null;
    try {
      await opened.source.run(sink, run.signal);
      return opened.waitsForProducer ? null : stalled;
    } catch (error) {
      return asEdgeError(error, deviceError, 'source-failed');
    } finally {
      programPid = null;
      stalls.stop();
      closing.signal.removeEventListener('abort', stop);
    }
  };

  const keepGoing = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const error = await runOnce();
      if (closing.signal.aborted) return;
      if (error === null) {
        log.info('source came to its end');
        become('ended', deviceError('source-ended', 'the source came to its end'));
        return;
      }
      const delayMs = backoff.next();
      log[mayRepeat(error.code) ? 'warn' : 'debug'](
        { code: error.code, facts: error.facts, retryInMs: delayMs },
        error.message,
      );
      become('offline', error);
      await waitMs(delayMs, closing.signal);
    }
  };

  return {
    id: settings.id,
    start() {
      running = keepGoing();
    },
    async close() {
      closing.abort();
      const late = new AbortController();
      const inTime = await Promise.race([
        running.then(() => true),
        waitMs(LONGEST_END_MS, late.signal).then(() => false),
      ]);
      late.abort();
      if (!inTime) log.error('the source did not end in time and is left behind');
      const left = newest.take();
      if (left !== null) fates.stopped += 1;
      left?.release();
    },
    take() {
      const frame = newest.take();
      if (frame === null) return null;
      if (nsToMs(clock.monotonicNs() - frame.captured.monotonicNs) <= settings.maxAgeMs) return frame;
      fates.tooOld += 1;
      frame.release();
      return null;
    },
    onFrame(listener) {
      frameListener = listener;
    },
    onStatus(listener) {
      statusListener = listener;
    },
    status: current,
    programPid: () => programPid,
    fates: () => ({ ...fates }),
    countFate(fate) {
      fates[fate] += 1;
    },
  };
}

const stallError = (camera: string, silentMs: number, waitsForProducer: boolean): EdgeError =>
  deviceError(
    'source-stalled',
    `camera ${camera}: no frame for ${(silentMs / 1000).toFixed(1)} s; ${waitsForProducer ? 'waiting for its producer' : 'starting its source again'}`,
    { silentMs },
  );
