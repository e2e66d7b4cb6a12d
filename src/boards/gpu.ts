import { type BoardFiles, nameIn } from './board-files.js';
import type { Probe } from './hwmon.js';
import { isKnown, type Reading, unknown } from './reading.js';

export interface Gpu {
  readonly load: Reading;
  readonly clock: Reading;
  readonly maxClock: Reading;
  readonly governor: Reading<string>;
}

const DEVFREQ = 'sys/class/devfreq';
const LEGACY_LOAD = ['sys/devices/platform/gpu.0/load', 'sys/devices/gpu.0/load'];

/** Volta, Pascal, Ampere and Blackwell by their chips; `gpu-gpc-0` on Thor. */
const GPU_NAME = /gv11b|gp10b|ga10b|gb10b|gpu/;

/** The driver says tenths of a percent. */
const LOAD = { unit: '%', scale: 0.1, min: 0, max: 100 } as const;
const CLOCK = { unit: 'MHz', scale: 1e-6, min: 0, max: 10_000 } as const;

/** A Jetson's GPU. Its node may appear after this service started, so that it is looked for again until it is there. */
export function createGpuProbe(files: BoardFiles): Probe<Gpu> {
  let folder: string | null = null;
  let loadPath: string | null = null;

  async function find(): Promise<void> {
    const entries = await files.list(DEVFREQ);
    const named = await Promise.all(
      entries.map(async (entry) => ({
        path: `${DEVFREQ}/${entry}`,
        name: `${entry} ${await nameIn(files, `${DEVFREQ}/${entry}/device/of_node/name`)}`,
      })),
    );
    folder = named.find(({ name }) => GPU_NAME.test(name))?.path ?? null;
    const candidates = folder === null ? LEGACY_LOAD : [`${folder}/device/load`, ...LEGACY_LOAD];
    loadPath = null;
    for (const path of candidates) {
      if (isKnown(await files.text(path))) {
        loadPath = path;
        return;
      }
    }
  }

  return {
    find,
    async read() {
      if (folder === null) await find();
      const load = loadPath === null ? unknown('absent', `/${DEVFREQ}`) : await files.number(loadPath, LOAD);
      if (folder === null) {
        const nothing = unknown('absent', `/${DEVFREQ}`);
        return { load, clock: nothing, maxClock: nothing, governor: nothing };
      }
      // Switched off, it says its last clock or 0; neither is a clock.
      const status = await nameIn(files, `${folder}/device/power/runtime_status`);
      const clock = await files.number(`${folder}/cur_freq`, CLOCK);
      const isOff = status === 'suspended' || (isKnown(clock) && clock.value === 0);
      return {
        load,
        clock: isOff ? unknown('power-gated', `/${folder}/cur_freq`) : clock,
        maxClock: await files.number(`${folder}/max_freq`, CLOCK),
        governor: await files.text(`${folder}/governor`),
      };
    },
  };
}
