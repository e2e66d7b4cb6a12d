import { type BoardFiles, nameIn } from './board-files.js';
import type { Board } from './detect.js';
import { findChips, type Probe } from './hwmon.js';
import type { Reading } from './reading.js';
import type { ThrottleReason } from './throttle-reasons.js';

export interface OvercurrentCounter {
  /** The kernel's: `oc3`. */
  readonly name: string;
  /** What it means on this chip; `throttled_unknown` where nobody has said. */
  readonly reason: ThrottleReason;
  /** Events since boot. */
  readonly events: Reading;
  /** Whether an event slows the chip down at all. */
  readonly throttles: boolean;
}

const COUNT = { unit: 'events', scale: 1, min: 0, max: Number.MAX_SAFE_INTEGER } as const;

/** NVIDIA's Orin documentation; tens of thousands of peaks an hour are usual at full load, under-voltage never is. */
const ORIN: Readonly<Record<string, ThrottleReason>> = {
  oc1: 'undervoltage',
  oc2: 'overcurrent_avg',
  oc3: 'overcurrent_peak',
};

/** NVIDIA's forum on Xavier NX: above the critical limit, input under 4.5 V, above the (averaging) warning limit. */
const XAVIER_NX: Readonly<Record<string, ThrottleReason>> = {
  oc1: 'overcurrent_peak',
  oc2: 'undervoltage',
  oc3: 'overcurrent_avg',
};

function meanings(board: Board): Readonly<Record<string, ThrottleReason>> {
  if (board.family === 'jetson-orin') return ORIN;
  return /Xavier NX/i.test(board.model ?? '') ? XAVIER_NX : {};
}

/** The event counters of a Jetson's soctherm (JetPack 5 and newer): cumulative since boot, read-only. */
export function createOvercurrentProbe(files: BoardFiles, board: Board): Probe<readonly OvercurrentCounter[]> {
  let sites: ReadonlyArray<{ readonly name: string; readonly folder: string; readonly throttles: boolean }> = [];
  return {
    async find() {
      const chips = await findChips(files, /^soctherm_oc$/);
      const counters = await Promise.all(
        chips.map(async ({ folder }) =>
          (await files.list(folder)).flatMap((file) => {
            const name = /^(oc\d)_event_cnt$/.exec(file)?.[1];
            return name === undefined ? [] : [{ folder, name }];
          }),
        ),
      );
      sites = await Promise.all(
        counters.flat().map(async ({ folder, name }) => ({
          folder,
          name,
          throttles: (await nameIn(files, `${folder}/${name}_throt_en`)) !== '0',
        })),
      );
    },
    read: () =>
      Promise.all(
        sites.map(async ({ name, folder, throttles }) => ({
          name,
          throttles,
          reason: meanings(board)[name] ?? 'throttled_unknown',
          events: await files.number(`${folder}/${name}_event_cnt`, COUNT),
        })),
      ),
  };
}
