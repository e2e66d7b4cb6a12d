import type { BoardFiles } from './board-files.js';
import type { Probe } from './hwmon.js';
import { isKnown, type Known, type Reading, unknown } from './reading.js';

/** Cores that share a clock. */
interface CpuCluster {
  /** The kernel's: `policy0`. */
  readonly name: string;
  /** As cpufreq asks for; a Pi's firmware can be slower and does not tell. */
  readonly clock: Reading;
  /** Bounds of now; the upper one is a cap where it is below `hardwareMax`. */
  readonly minClock: Reading;
  readonly maxClock: Reading;
  readonly hardwareMax: Reading;
  /** The kernel's, not ours. */
  readonly cpufreqGovernor: Reading<string>;
}

export interface Cpu {
  readonly clusters: readonly CpuCluster[];
  /** All clusters have one allowed clock only, as jetson_clocks leaves them. */
  readonly clocksPinned: Reading<boolean>;
  /** Of all cores since the round before. */
  readonly utilisation: Reading;
}

const CPUFREQ = 'sys/devices/system/cpu/cpufreq';
const CLOCK = { unit: 'MHz', scale: 0.001, min: 1, max: 10_000 } as const;

export function createCpuProbe(files: BoardFiles): Probe<Cpu> {
  let sites: ReadonlyArray<{ readonly name: string; readonly folder: string; readonly hardwareMax: Reading }> = [];
  let before: Ticks | null = null;
  return {
    async find() {
      const names = (await files.list(CPUFREQ)).filter((name) => /^policy\d+$/.test(name));
      sites = await Promise.all(
        names.map(async (name) => {
          const folder = `${CPUFREQ}/${name}`;
          return { name, folder, hardwareMax: await files.number(`${folder}/cpuinfo_max_freq`, CLOCK) };
        }),
      );
    },
    async read() {
      const stat = await files.text('proc/stat');
      const now = isKnown(stat) ? parseTicks(stat.value) : null;
      const utilisation = isKnown(stat) ? compare(before, now, stat) : stat;
      before = now ?? before;
      const reading = sites.map(async ({ name, folder, hardwareMax }) => ({
        name,
        hardwareMax,
        clock: await files.number(`${folder}/scaling_cur_freq`, CLOCK),
        minClock: await files.number(`${folder}/scaling_min_freq`, CLOCK),
        maxClock: await files.number(`${folder}/scaling_max_freq`, CLOCK),
        cpufreqGovernor: await files.text(`${folder}/scaling_governor`),
      }));
      const clusters = await Promise.all(reading);
      return { clusters, clocksPinned: arePinned(clusters), utilisation };
    },
  };
}

function arePinned(clusters: readonly CpuCluster[]): Reading<boolean> {
  const source = `/${CPUFREQ}`;
  let atNs = 0n;
  let value = true;
  for (const { minClock, maxClock } of clusters) {
    if (!isKnown(minClock)) return unknown(minClock.unknown, source);
    if (!isKnown(maxClock)) return unknown(maxClock.unknown, source);
    atNs = maxClock.atNs;
    value &&= minClock.value === maxClock.value;
  }
  return clusters.length === 0 ? unknown('absent', source) : { value, unit: 'yes/no', atNs, source };
}

interface Ticks {
  readonly idle: number;
  readonly total: number;
}

/** First line of /proc/stat: user nice system idle iowait irq softirq steal; what follows is counted in user already. */
export function parseTicks(text: string): Ticks | null {
  const line = /^cpu((?: +\d+){4,})/.exec(text)?.[1];
  if (line === undefined) return null;
  const ticks = line.trim().split(/ +/).slice(0, 8).map(Number);
  return { idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), total: ticks.reduce((sum, tick) => sum + tick, 0) };
}

function compare(before: Ticks | null, now: Ticks | null, stat: Known<string>): Reading {
  if (now === null) return unknown('unreadable', stat.source);
  if (before === null) return unknown('not-yet', stat.source);
  const total = now.total - before.total;
  if (total <= 0) return unknown('not-yet', stat.source);
  const value = 100 * (1 - (now.idle - before.idle) / total);
  // iowait may run backwards (proc(5)).
  return { ...stat, value: Math.min(100, Math.max(0, value)), unit: '%' };
}
