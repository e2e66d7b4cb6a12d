import { type BoardFiles, type NumberFormat, nameIn } from './board-files.js';
import { findChips, type Probe } from './hwmon.js';
import { MILLIVOLTS, multiply, type Rail, readCurrent } from './rails.js';
import { isKnown } from './reading.js';

const WATTS: NumberFormat = { unit: 'W', scale: 1e-6, min: 0, max: 2_000 };

/**
 * Single-channel power monitors that somebody wired up (INA219, INA226 and kin, kernel drivers ina2xx and ina238): in1 is
 * the bus voltage in mV, power1 in µW. What they measure is known only to who soldered them, and to the label if there is
 * one. A Jetson AGX Thor has such a chip on its carrier board, labelled VIN.
 */
export function createExternalPowerProbe(files: BoardFiles): Probe<readonly Rail[]> {
  let sites: ReadonlyArray<{ readonly name: string; readonly folder: string }> = [];
  return {
    async find() {
      const chips = await findChips(files, /^ina(219|220|226|23[01478]|260)$/);
      sites = await Promise.all(
        chips.map(async ({ name, folder }) => {
          const label = (await nameIn(files, `${folder}/in1_label`)) || (await nameIn(files, `${folder}/label`));
          return { folder, name: label || name };
        }),
      );
    },
    read: () =>
      Promise.all(
        sites.map(async ({ name, folder }) => {
          const voltage = await files.number(`${folder}/in1_input`, MILLIVOLTS);
          const current = await readCurrent(files, `${folder}/curr1_input`);
          const power = await files.number(`${folder}/power1_input`, WATTS);
          const source = `${name} (/${folder})`;
          return {
            name,
            voltage,
            current,
            power: isKnown(power) ? { ...power, source } : multiply(voltage, current, source),
          };
        }),
      ),
  };
}
