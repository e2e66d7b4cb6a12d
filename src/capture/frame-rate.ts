const MOST_ARRIVALS = 64;
const WINDOW_NS = 4_000_000_000n;

/** The rate of the last seconds; a source that is slower than the window is measured by its last two frames. */
export interface FrameRate {
  arrived(nowNs: bigint): void;
  fps(nowNs: bigint): number | null;
  /** The source starts again: the gap says nothing about its rate. */
  restart(): void;
}

export function createFrameRate(): FrameRate {
  const arrivals: bigint[] = [];
  return {
    arrived(nowNs) {
      arrivals.push(nowNs);
      while (arrivals.length > MOST_ARRIVALS || (arrivals.length > 2 && nowNs - (arrivals[0] ?? 0n) > WINDOW_NS))
        arrivals.shift();
    },
    restart() {
      arrivals.length = 0;
    },
    fps(nowNs) {
      const first = arrivals[0];
      const last = arrivals.at(-1);
      if (first === undefined || last === undefined || last === first) return null;
      const periods = arrivals.length - 1;
      const periodNs = Number(last - first) / periods;
      const silentNs = Number(nowNs - last);
      // A frame that is late by more than its period makes the rate fall, down to nothing while nothing comes.
      const spanNs = Number(last - first) + (silentNs > 2 * periodNs ? silentNs : 0);
      return (periods * 1e9) / spanNs;
    },
  };
}
