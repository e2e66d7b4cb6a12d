import { msToNs } from '../clock.js';

/**
 * The governor's word to the loop: may this camera's next frame be taken now? Asked before the frame is taken, so that
 * waiting never makes a frame older. Today it holds each camera to its wanted rate.
 */
export interface Gate {
  /** Nanoseconds until the next frame may be taken; 0 or less: now. */
  waitNs(nowNs: bigint): bigint;
  /** A frame was taken. */
  taken(nowNs: bigint): void;
}

/** At most `fps` frames a second, in step: a frame taken late does not push the later ones back. null: no limit. */
export function createRateGate(fps: number | null): Gate {
  if (fps === null) return { waitNs: () => 0n, taken: () => undefined };
  const periodNs = msToNs(1000 / fps);
  let dueNs: bigint | null = null;
  return {
    waitNs: (nowNs) => (dueNs === null ? 0n : dueNs - nowNs),
    taken(nowNs) {
      const inStep = dueNs !== null && nowNs - dueNs < periodNs;
      dueNs = (inStep && dueNs !== null ? dueNs : nowNs) + periodNs;
    },
  };
}
