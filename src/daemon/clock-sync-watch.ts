import { isClockSynchronized } from '../boards/clock-sync.js';
import { type Clock, msToNs } from '../clock.js';

/** Every message says whether the clock is synchronized; the files that tell are looked at once a second at most. */
const LOOK_EVERY_NS = msToNs(1000);

export function createClockSyncWatch(clock: Clock, look = isClockSynchronized): () => boolean | null {
  let lookedNs: bigint | null = null;
  let synchronized: boolean | null = null;
  return () => {
    const nowNs = clock.monotonicNs();
    if (lookedNs === null || nowNs - lookedNs >= LOOK_EVERY_NS) {
      lookedNs = nowNs;
      synchronized = look(clock.wallMs());
    }
    return synchronized;
  };
}
