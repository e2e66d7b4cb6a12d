import { type Clock, msToNs, nsToMs } from '../clock.js';

const LEAST_LIMIT_MS = 5000;
const PERIODS = 10;
/** A camera's first frame may take this long: a stream waits for its next key frame. */
const FIRST_FRAME_LIMIT_MS = 15_000;
const MOST_LIMIT_MS = 600_000;
const LOOK_EVERY_MS = 250;

export interface StallWatch {
  /** Watches one run of the source. `onStall` is called once for each silence, with its length so far. */
  start(onStall: (silentMs: number) => void): void;
  frameCame(): void;
  stop(): void;
}

/**
 * Notices that no frame comes: after max(5 s, 10 × the expected period), 15 s before the first frame. Each stall in a
 * row doubles the limit, up to ten minutes, so that a source slower than anybody said is found out and left alone
 * instead of being killed for ever (blinkbridge#4).
 */
export function createStallWatch(options: {
  readonly expectedFps: number | null;
  readonly measuredFps: () => number | null;
  readonly clock: Clock;
}): StallWatch {
  const { clock } = options;
  let stallsInARow = 0;
  let framesInRun = 0;
  let lastNs = 0n;
  let told = false;
  let timer: NodeJS.Timeout | null = null;

  /** Slower of told and measured; the measured one falls while nothing comes, so it is only asked when a frame comes. */
  let periodMs = options.expectedFps === null ? 0 : 1000 / options.expectedFps;

  const limitMs = (): number => {
    const first = framesInRun === 0 ? FIRST_FRAME_LIMIT_MS : LEAST_LIMIT_MS;
    return Math.min(MOST_LIMIT_MS, Math.max(first, PERIODS * periodMs) * 2 ** stallsInARow);
  };
  const look = (onStall: (silentMs: number) => void): void => {
    const silentNs = clock.monotonicNs() - lastNs;
    if (told || silentNs < msToNs(limitMs())) return;
    told = true;
    stallsInARow += 1;
    onStall(nsToMs(silentNs));
  };

  return {
    start(onStall) {
      framesInRun = 0;
      told = false;
      lastNs = clock.monotonicNs();
      timer = setInterval(() => look(onStall), LOOK_EVERY_MS);
    },
    frameCame() {
      lastNs = clock.monotonicNs();
      framesInRun += 1;
      told = false;
      const measured = options.measuredFps();
      if (measured !== null)
        periodMs = Math.max(options.expectedFps === null ? 0 : 1000 / options.expectedFps, 1000 / measured);
      // Two frames in one run: the source is alive at some rate, which the measured period now knows.
      if (framesInRun >= 2) stallsInARow = 0;
    },
    stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
  };
}
