import type { BoardFiles } from './board-files.js';
import { derive, type Reading } from './reading.js';

/**
 * What a Pi 5's power supply said it can give: 5000, 3000, 1500 or 900 mA. Below 5000 the firmware limits the USB ports.
 * A big-endian number of four bytes in the device tree; none of these ends in a byte that reading text would trim.
 */
export async function readSupply(files: BoardFiles): Promise<Reading> {
  const text = await files.text('proc/device-tree/chosen/power/max_current');
  return derive(text, 'mA', (value) => {
    const bytes = Buffer.from(value, 'latin1');
    if (bytes.length !== 4) return 'unreadable';
    const milliamps = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    return milliamps > 0 && milliamps <= 10_000 ? milliamps : 'implausible';
  });
}
