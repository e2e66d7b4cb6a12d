import { type BoardFiles, type NumberFormat, nameIn } from './board-files.js';
import { findChips, type Probe } from './hwmon.js';
import { isKnown, type Reading } from './reading.js';

export interface TripPoint {
  /** The kernel's: passive (it slows down), active (a fan), hot, critical (it switches off). */
  readonly type: string;
  readonly tempC: number;
  readonly hysteresisC: number;
}

export interface Zone {
  /** The kernel's type: `tj-thermal`; of hwmon chips the chip's name. */
  readonly name: string;
  readonly temp: Reading;
  readonly trips: readonly TripPoint[];
}

export interface CoolingDevice {
  readonly type: string;
  /** 0: does nothing. */
  readonly state: Reading;
  readonly maxState: number;
}

export interface ThermalZones {
  readonly zones: readonly Zone[];
  readonly cooling: readonly CoolingDevice[];
}

interface Site {
  readonly name: string;
  readonly path: string;
  readonly trips: readonly TripPoint[];
}

const CLASS = 'sys/class/thermal';
const CELSIUS: NumberFormat = { unit: 'C', scale: 0.001, min: -40, max: 150 };
const STATE: NumberFormat = { unit: 'id', scale: 1, min: 0, max: 10_000 };
const SPAN: NumberFormat = { unit: 'C', scale: 0.001, min: 0, max: 150 };

/** Only a stand-in of the driver, always 100 °C (jetson_stats skips it too). */
const DUMMY_ZONE = /^PMIC-Die$/i;

/** Temperatures that have no thermal zone: drives, AMD processors. */
const CHIPS = /^(nvme|k10temp)$/;

/** Each zone is found by its type and read by itself: one that fails takes no other with it. */
export function createThermalProbe(files: BoardFiles): Probe<ThermalZones> {
  let sites: readonly Site[] = [];
  let coolers: ReadonlyArray<{ readonly type: string; readonly folder: string; readonly maxState: number }> = [];

  return {
    async find() {
      const entries = await files.list(CLASS);
      const zones = await Promise.all(
        entries.filter((entry) => /^thermal_zone\d+$/.test(entry)).map((entry) => findZone(files, `${CLASS}/${entry}`)),
      );
      const chips = await findChips(files, CHIPS);
      sites = [
        ...zones.filter(({ name }) => name !== '' && !DUMMY_ZONE.test(name)),
        ...chips.map(({ name, folder }) => ({ name, path: `${folder}/temp1_input`, trips: [] })),
      ];
      coolers = await Promise.all(
        entries
          .filter((entry) => /^cooling_device\d+$/.test(entry))
          .map(async (entry) => {
            const folder = `${CLASS}/${entry}`;
            const maxState = await files.number(`${folder}/max_state`, STATE);
            return {
              folder,
              type: await nameIn(files, `${folder}/type`),
              maxState: isKnown(maxState) ? maxState.value : 0,
            };
          }),
      );
    },
    async read() {
      return {
        zones: await Promise.all(
          sites.map(async ({ name, path, trips }) => ({ name, trips, temp: await files.number(path, CELSIUS) })),
        ),
        cooling: await Promise.all(
          coolers.map(async ({ type, maxState, folder }) => ({
            type,
            maxState,
            state: await files.number(`${folder}/cur_state`, STATE),
          })),
        ),
      };
    },
  };
}

async function findZone(files: BoardFiles, folder: string): Promise<Site> {
  const names = (await files.list(folder)).flatMap((file) => /^(trip_point_\d+)_temp$/.exec(file)?.[1] ?? []);
  const trips = await Promise.all(names.map((name) => findTrip(files, `${folder}/${name}`)));
  return {
    name: await nameIn(files, `${folder}/type`),
    path: `${folder}/temp`,
    trips: trips.filter((trip) => trip !== null),
  };
}

/** A trip at 0 °C or less is one that is switched off. */
async function findTrip(files: BoardFiles, path: string): Promise<TripPoint | null> {
  const temp = await files.number(`${path}_temp`, CELSIUS);
  const hysteresis = await files.number(`${path}_hyst`, SPAN);
  if (!isKnown(temp) || temp.value <= 0) return null;
  return {
    type: await nameIn(files, `${path}_type`),
    tempC: temp.value,
    hysteresisC: isKnown(hysteresis) ? hysteresis.value : 0,
  };
}
