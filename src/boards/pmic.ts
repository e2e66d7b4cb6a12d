import { execFile } from 'node:child_process';
import type { Clock } from '../clock.js';
import { msToNs } from '../clock.js';
import type { Probe } from './hwmon.js';
import type { Rail } from './rails.js';
import { isKnown, type Reading, type UnknownReason, unknown } from './reading.js';

export interface PmicReading {
  readonly rails: readonly Rail[];
  /** Of all rails that have a current. */
  readonly sum: Reading;
}

export interface PmicOptions {
  readonly clock: Clock;
  /** The program; tests name another one. */
  readonly program?: string;
  readonly deadlineMs?: number;
}

/** What the sum leaves out; Raspberry Pi's power chip has no current sensor on its 5 V input. */
export const PMIC_BLIND_SPOT = 'without what the 5 V input feeds directly: USB devices, HATs, the regulators’ own loss';

const SOURCE = 'vcgencmd pmic_read_adc';
const SHORTEST_PERIOD_NS = msToNs(1000);
/** A Pi 5 with everything busy draws 12 W; no rail of it 60. */
const PLAUSIBLE_W = 60;

/**
 * The power chip of a Raspberry Pi 5. The only reading that starts a process: at most once a second (ten a second did no
 * harm, fifty slowed inference about six times), never two at once, killed at its deadline. In between, the last sample
 * with its own time is handed out. The user needs the group `video`, for /dev/vcio.
 */
export function createPmicProbe({ clock, program = 'vcgencmd', deadlineMs = 500 }: PmicOptions): Probe<PmicReading> {
  let last: PmicReading | null = null;
  let askedAtNs = 0n;
  return {
    find: () => Promise.resolve(),
    async read() {
      const nowNs = clock.monotonicNs();
      if (last !== null && nowNs - askedAtNs < SHORTEST_PERIOD_NS) return last;
      askedAtNs = nowNs;
      last = await ask(program, deadlineMs, clock);
      return last;
    },
  };
}

function ask(program: string, deadlineMs: number, clock: Clock): Promise<PmicReading> {
  const options = { timeout: deadlineMs, killSignal: 'SIGKILL', maxBuffer: 65_536 } as const;
  return new Promise((resolve) => {
    execFile(program, ['pmic_read_adc'], options, (error, stdout) => {
      if (error === null) resolve(parsePmic(stdout, clock.monotonicNs()));
      else resolve({ rails: [], sum: unknown(reasonOf(error), SOURCE) });
    });
  });
}

function reasonOf(error: Error & { code?: unknown; killed?: boolean }): UnknownReason {
  if (error.code === 'ENOENT') return 'absent';
  if (error.code === 'EACCES') return 'denied';
  return error.killed === true ? 'no-answer' : 'unreadable';
}

/** Lines `  VDD_CORE_A current(7)=1.50000A` and `  VDD_CORE_V volt(15)=0.87000V`; a rail with a voltage only has no power. */
export function parsePmic(text: string, atNs: bigint): PmicReading {
  const volts = new Map<string, number>();
  const amps = new Map<string, number>();
  for (const [, rail = '', kind, number] of text.matchAll(
    /^\s*(\w+)_([AV]) (?:current|volt)\(\d+\)=(\d+(?:\.\d+)?)[AV]\s*$/gm,
  )) {
    (kind === 'A' ? amps : volts).set(rail, Number(number));
  }
  const rails = [...amps].flatMap(([name, ampere]) => {
    const volt = volts.get(name);
    return volt === undefined ? [] : [toRail(name, volt, ampere, atNs)];
  });
  if (rails.length === 0 || rails.length < amps.size) return { rails, sum: unknown('unreadable', SOURCE) };
  const parts = rails.map(({ power }) => power).filter(isKnown);
  if (parts.length < rails.length) return { rails, sum: unknown('implausible', SOURCE) };
  const value = parts.reduce((sum, power) => sum + power.value, 0);
  return { rails, sum: { value, unit: 'W', atNs, source: SOURCE } };
}

function toRail(name: string, volt: number, ampere: number, atNs: bigint): Rail {
  const source = `${SOURCE}: ${name}`;
  const watts = volt * ampere;
  return {
    name,
    voltage: { value: volt * 1000, unit: 'mV', atNs, source },
    current: { value: ampere * 1000, unit: 'mA', atNs, source },
    power: watts <= PLAUSIBLE_W ? { value: watts, unit: 'W', atNs, source } : unknown('implausible', source),
  };
}
