import type { BoardFiles } from './board-files.js';
import { findChips, type Probe } from './hwmon.js';
import { type Reading, unknown } from './reading.js';

export interface Fan {
  /** Of its hwmon chip: `pwmfan`, `pwm_tach`. */
  readonly name: string;
  readonly duty: Reading;
  readonly speed: Reading;
}

const DUTY = { unit: '%', scale: 100 / 255, min: 0, max: 100 } as const;
const SPEED = { unit: 'rpm', scale: 1, min: 0, max: 50_000 } as const;

/** Chips with a PWM output or a speed; a Jetson has one of each (`pwmfan` and `pwm_tach`). */
export function createFanProbe(files: BoardFiles): Probe<readonly Fan[]> {
  let sites: ReadonlyArray<{ readonly name: string; readonly duty: string | null; readonly speed: string | null }> = [];
  return {
    async find() {
      const chips = await findChips(files, /./);
      const looked = await Promise.all(
        chips.map(async ({ name, folder }) => {
          const names = await files.list(folder);
          const pathOf = (...wanted: string[]): string | null => {
            const found = wanted.find((file) => names.includes(file));
            return found === undefined ? null : `${folder}/${found}`;
          };
          return { name, duty: pathOf('pwm1'), speed: pathOf('fan1_input', 'rpm') };
        }),
      );
      sites = looked.filter(({ duty, speed }) => duty !== null || speed !== null);
    },
    read: () =>
      Promise.all(
        sites.map(async ({ name, duty, speed }) => ({
          name,
          duty: duty === null ? unknown('absent', name) : await files.number(duty, DUTY),
          speed: speed === null ? unknown('absent', name) : await files.number(speed, SPEED),
        })),
      ),
  };
}
