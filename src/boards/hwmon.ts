import { type BoardFiles, nameIn } from './board-files.js';

/** A chip of the kernel's hardware monitoring; numbers change between boots, so it is found by its name. */
export interface Chip {
  readonly name: string;
  /** Below the root: `sys/class/hwmon/hwmon2`. */
  readonly folder: string;
}

const HWMON = 'sys/class/hwmon';

export async function findChips(files: BoardFiles, name: RegExp): Promise<readonly Chip[]> {
  const folders = (await files.list(HWMON)).map((entry) => `${HWMON}/${entry}`);
  const chips = await Promise.all(
    folders.map(async (folder) => ({ folder, name: await nameIn(files, `${folder}/name`) })),
  );
  return chips.filter((chip) => name.test(chip.name));
}

/** A part of the sensors: what is there is looked for now and then, its values are read each round. */
export interface Probe<T> {
  find(): Promise<void>;
  read(): Promise<T>;
}
