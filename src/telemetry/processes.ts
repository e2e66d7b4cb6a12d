import { DayRate } from './day-rate.js';
import { type Figure, Growth, isKnown, missing, numberIn, readNow } from './figures.js';

/** A process that belongs to the daemon. */
export interface WatchedProcess {
  readonly role: 'daemon' | 'runner' | 'camera';
  /** Of the slot or the camera; null for the daemon. */
  readonly name: string | null;
  readonly pid: number;
}

interface ProcessUse extends WatchedProcess {
  /** 100 is one core. Since the last round. */
  readonly cpuPct: Figure;
  /** Resident; what several processes share counts in each. */
  readonly memoryMB: Figure;
}

export interface ProcessesUse {
  readonly processes: readonly ProcessUse[];
  /** By all of them to disks; what they wrote to memory file systems and pipes is not in it. */
  readonly ownWrittenMBPerDay: Figure;
}

interface Kept {
  readonly cpuTicks: Growth;
  readonly written: Growth;
}

/** USER_HZ: 100 on every Linux with 64 bits that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What each of our processes takes, from /proc. A process is known by its id and its start, as ids come again. */
export function createProcessUse(root: string) {
  let kept = new Map<string, Kept>();
  let writtenMB = 0;
  const rate = new DayRate();

  return (watched: readonly WatchedProcess[], nowNs: bigint, intervalS: number): ProcessesUse => {
    const still = new Map<string, Kept>();
    const processes = watched.map((each) => {
      const folder = `${root}/proc/${each.pid}`;
      const stat = readNow(`${folder}/stat`);
      const { ticks, start } = timesOf(stat);
      const key = `${each.pid} ${start}`;
      const counters = kept.get(key) ?? { cpuTicks: new Growth(), written: new Growth() };
      still.set(key, counters);
      const grown = counters.cpuTicks.since(ticks);
      const written = counters.written.since(numberIn(readNow(`${folder}/io`), /^write_bytes: (\d+)/m, 1 / 2 ** 20));
      if (isKnown(written)) writtenMB += written;
      return {
        ...each,
        cpuPct: isKnown(grown) ? (100 * grown) / TICKS_PER_SECOND / intervalS : grown,
        // Not statm: that counts pages, and those of a Raspberry Pi 5 have 16 KiB.
        memoryMB: numberIn(readNow(`${folder}/status`), /^VmRSS:\s+(\d+) kB/m, 1 / 1024),
      };
    });
    kept = still;
    return { processes, ownWrittenMBPerDay: rate.perDay(nowNs, writtenMB) };
  };
}

/** utime and stime (14, 15) and starttime (22) of proc_pid_stat(5), counted from behind the name, which may hold anything. */
function timesOf(stat: ReturnType<typeof readNow>): { ticks: Figure; start: string } {
  if (typeof stat !== 'string') return { ticks: stat, start: '' };
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { ticks: Number.isFinite(ticks) ? ticks : missing('unreadable'), start: fields[19] ?? '' };
}
