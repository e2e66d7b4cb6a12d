import type { BoardFiles } from './board-files.js';
import { isKnown, type Reading, unknown } from './reading.js';

/** How much of the time some task waited for a processor: what everything else on the board suffers from. */
export interface CpuPressure {
  readonly over10s: Reading;
  readonly over60s: Reading;
}

const PRESSURE = 'proc/pressure/cpu';

/** `some avg10=1.53 avg60=0.87 avg300=0.22 total=58761459`; the file is missing on kernels built or booted without it. */
export async function readCpuPressure(files: BoardFiles): Promise<CpuPressure> {
  const text = await files.text(PRESSURE);
  if (!isKnown(text)) return { over10s: text, over60s: text };
  const pick = (name: string): Reading => {
    const number = new RegExp(`^some .*\\b${name}=(\\d+\\.\\d+)`, 'm').exec(text.value)?.[1];
    if (number === undefined) return unknown('unreadable', text.source);
    const value = Number(number);
    return value <= 100 ? { ...text, value, unit: '%' } : unknown('implausible', text.source);
  };
  return { over10s: pick('avg10'), over60s: pick('avg60') };
}
