import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What the machine is, for the factsheet. */
export interface Inventory {
  readonly board: string | null;
  readonly processor: string | null;
  readonly cores: number | null;
  readonly memoryBytes: number | null;
  readonly os: string | null;
  readonly kernel: string | null;
  readonly architecture: string | null;
}

const UNKNOWN: Inventory = {
  board: null,
  processor: null,
  cores: null,
  memoryBytes: null,
  os: null,
  kernel: null,
  architecture: null,
};

/** The process as built, beside this file. Tests that run from the sources name the built one. */
const inventoryEntry: URL = new URL('./inventory.js', import.meta.url);

/**
 * Asks once, in a process that is killed at the deadline or on abort. Never rejects: what could not be had is null.
 * Call it after the start, not on the way to the first frame.
 */
export function readInventory(
  options: { readonly signal?: AbortSignal; readonly deadlineMs?: number; readonly entry?: URL } = {},
): Promise<Inventory> {
  const { signal, deadlineMs = 10_000, entry = inventoryEntry } = options;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [fileURLToPath(entry)],
      { timeout: deadlineMs, killSignal: 'SIGKILL', maxBuffer: 65_536, ...(signal ? { signal } : {}) },
      (error, stdout) => {
        resolve(error === null ? parse(stdout) : UNKNOWN);
      },
    );
  });
}

function parse(stdout: string): Inventory {
  try {
    return { ...UNKNOWN, ...(JSON.parse(stdout) as Partial<Inventory>) };
  } catch {
    return UNKNOWN;
  }
}
