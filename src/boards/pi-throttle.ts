import type { BoardFiles } from './board-files.js';
import { findChips, type Probe } from './hwmon.js';
import { derive, isKnown, type Known, type Reading, unknown } from './reading.js';

/** The firmware's throttle word: bits 0–3 are now, bits 16–19 since somebody cleared them. */
export type ThrottleWord = Reading;

const PLATFORM = 'sys/devices/platform';
const ALARM = 'in0_lcrit_alarm';

/** Whether it is the firmware's, not the one bit that the voltage alarm knows. */
export const isWholeWord = (word: ThrottleWord): word is Known => isKnown(word) && !word.source.endsWith(ALARM);

/**
 * A Raspberry Pi's throttle word, from the kernel's file: `vcgencmd get_throttled` says the same 10 ms later. The folder
 * above it changed its name with the boards. Where the file is missing, the voltage alarm of hwmon `rpi_volt` gives bit 0.
 */
export function createThrottleWordProbe(files: BoardFiles): Probe<ThrottleWord> {
  let path: string | null = null;
  let alarm: string | null = null;
  return {
    async find() {
      path = await findWord(files);
      const chips = await findChips(files, /^rpi_volt$/);
      alarm = chips[0] === undefined ? null : `${chips[0].folder}/${ALARM}`;
    },
    async read() {
      if (path !== null) return derive(await files.text(path), 'id', parseWord);
      if (alarm === null) return unknown('absent', `/${PLATFORM}/…/get_throttled`);
      return await files.number(alarm, { unit: 'id', scale: 1, min: 0, max: 1 });
    },
  };
}

/** Hexadecimal, with or without 0x. */
export function parseWord(text: string): number | 'unreadable' | 'implausible' {
  if (!/^(0x)?[0-9a-f]{1,8}$/i.test(text)) return 'unreadable';
  const word = Number.parseInt(text, 16);
  return (word & ~0xf000f) === 0 ? word : 'implausible';
}

async function findWord(files: BoardFiles): Promise<string | null> {
  const entries = await files.list(PLATFORM);
  const inside = await Promise.all(
    entries
      .filter((entry) => entry.startsWith('soc'))
      .map(async (entry) => (await files.list(`${PLATFORM}/${entry}`)).map((name) => `${entry}/${name}`)),
  );
  const firmware = [...inside.flat(), ...entries].filter((path) => path.endsWith('firmware'));
  for (const folder of firmware) {
    const names = await files.list(`${PLATFORM}/${folder}`);
    if (names.includes('get_throttled')) return `${PLATFORM}/${folder}/get_throttled`;
  }
  return null;
}
