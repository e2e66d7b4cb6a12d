import { type BoardFiles, type NumberFormat, nameIn } from './board-files.js';
import { findChips, type Probe } from './hwmon.js';
import { isKnown, type Reading, unknown } from './reading.js';

export interface Rail {
  readonly name: string;
  readonly voltage: Reading;
  readonly current: Reading;
  readonly power: Reading;
}

interface Site {
  readonly name: string;
  readonly folder: string;
  readonly channel: number;
}

export const MILLIVOLTS: NumberFormat = { unit: 'mV', scale: 1, min: 0, max: 85_000 };
const MILLIAMPS: NumberFormat = { unit: 'mA', scale: 1, min: 0, max: 100_000 };

/** Nothing is connected there, or it is the driver's sum over the shunts. */
const NOT_A_RAIL = /^$|\bNC\b|^sum of/i;

/**
 * The INA3221 power monitors of a Jetson (JetPack 5 and newer: driver ina3221 below hwmon). in1..3 are bus voltages,
 * in4..6 those over the shunts. Bus addresses and numbers differ from board to board and boot to boot: chips are found by
 * name, rails by label.
 */
export function createRailProbe(files: BoardFiles): Probe<readonly Rail[]> {
  let sites: readonly Site[] = [];
  return {
    async find() {
      const chips = await findChips(files, /^ina3221/);
      const channels = chips.flatMap(({ folder }) => [1, 2, 3].map((channel) => ({ folder, channel })));
      const named = await Promise.all(
        channels.map(async ({ folder, channel }) => ({
          folder,
          channel,
          name: await nameIn(files, `${folder}/in${channel}_label`),
        })),
      );
      sites = named.filter(({ name }) => !NOT_A_RAIL.test(name));
    },
    read: () =>
      Promise.all(
        sites.map(async ({ name, folder, channel }) => {
          const voltage = await files.number(`${folder}/in${channel}_input`, MILLIVOLTS);
          const current = await readCurrent(files, `${folder}/curr${channel}_input`);
          return { name, voltage, current, power: multiply(voltage, current, `${name} (/${folder})`) };
        }),
      ),
  };
}

/** A monitor without load says a step or two of its converter below zero (8 mA on an Orin); more is a broken sensor. */
const ZERO_NOISE_MA = 20;

export async function readCurrent(files: BoardFiles, path: string): Promise<Reading> {
  const reading = await files.number(path, { ...MILLIAMPS, min: -ZERO_NOISE_MA });
  return isKnown(reading) ? { ...reading, value: Math.max(0, reading.value) } : reading;
}

export function multiply(voltage: Reading, current: Reading, source: string): Reading {
  if (!isKnown(voltage)) return unknown(voltage.unknown, source);
  if (!isKnown(current)) return unknown(current.unknown, source);
  return { value: (voltage.value * current.value) / 1e6, unit: 'W', atNs: current.atNs, source };
}
