/**
 * A process of its own that says once what the machine is, as one line of JSON, and ends. systeminformation starts
 * shells, some of them synchronously, and its code stays in memory: neither may happen in the daemon.
 */
import { readFileSync } from 'node:fs';
import { arch, setPriority } from 'node:os';
import { cpu, mem, osInfo, system } from 'systeminformation';
import type { Inventory } from './read-inventory.js';

/** It says so itself where it knows nothing; typed as text, it may be null all the same. */
const known = (text: string | null | undefined): string | null => (text ? text.trim() || null : null);

async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch {
    return null;
  }
}

/** The device tree knows every Pi and Jetson; systeminformation knows no Jetson. */
function deviceTreeModel(): string | null {
  try {
    return known(readFileSync('/proc/device-tree/model', 'utf8').replace(/\0/g, ''));
  } catch {
    return null;
  }
}

setPriority(10);
const [board, processor, memory, os] = await Promise.all([
  orNull(system()),
  orNull(cpu()),
  orNull(mem()),
  orNull(osInfo()),
]);
const inventory: Inventory = {
  board: deviceTreeModel() ?? known([board?.manufacturer, board?.model].filter(Boolean).join(' ')),
  processor: known([processor?.manufacturer, processor?.brand].filter(Boolean).join(' ')),
  cores: processor?.cores || null,
  memoryBytes: memory?.total || null,
  os: known([os?.distro, os?.release].filter(Boolean).join(' ')),
  kernel: known(os?.kernel),
  architecture: arch(),
};
process.stdout.write(`${JSON.stringify(inventory)}\n`);
