import { dirname } from 'node:path';
import type { Clock } from '../clock.js';
import { BlockedError, createBoundedReads } from './bounded-reads.js';
import { createKeptFiles, type FileReader } from './kept-files.js';
import {
  derive,
  isKnown,
  type Known,
  type Reading,
  type Unit,
  type Unknown,
  type UnknownReason,
  unknown,
} from './reading.js';

/** How a file's number becomes a reading; outside of min and max it can't be true. */
export interface NumberFormat {
  readonly unit: Unit;
  /** Of the file's unit to the reading's: 0.001 for milli-degrees. */
  readonly scale: number;
  readonly min: number;
  readonly max: number;
}

/** Files of the kernel under a root that tests replace. Paths are without the leading slash. Nothing here throws. */
export interface BoardFiles {
  text(path: string): Promise<Reading<string>>;
  number(path: string, format: NumberFormat): Promise<Reading>;
  /** Names in a folder, in natural order; none where it is not there. */
  list(folder: string): Promise<readonly string[]>;
  close(): void;
}

export interface BoardFilesOptions {
  readonly root: string;
  readonly clock: Clock;
  readonly reader?: FileReader;
  readonly deadlineMs?: number;
}

const REASONS: Readonly<Record<string, UnknownReason>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  ENODEV: 'absent',
  ENXIO: 'absent',
  EOPNOTSUPP: 'absent',
  EACCES: 'denied',
  EPERM: 'denied',
  // Orin's cv* zones while that block is off; i2c sensors of a suspended bus answer the same.
  EAGAIN: 'power-gated',
  EBLOCKED: 'no-answer',
  ETIMEDOUT: 'no-answer',
};

const byNumber = new Intl.Collator('en', { numeric: true });

export function createBoardFiles(options: BoardFilesOptions): BoardFiles {
  const { root, clock, deadlineMs = 200 } = options;
  const reader = options.reader ?? createKeptFiles(root);
  const reads = createBoundedReads(deadlineMs);

  async function text(path: string): Promise<Known<string> | Unknown> {
    const source = `/${path}`;
    try {
      const value = (await reads.run(dirname(path), () => reader.read(path))).replace(/\0+$/, '').trim();
      return { value, unit: 'text', atNs: clock.monotonicNs(), source };
    } catch (error) {
      return unknown(reasonOf(error), source);
    }
  }

  return {
    text,
    async number(path, format) {
      return derive(await text(path), format.unit, (value) => parseNumber(value, format));
    },
    async list(folder) {
      try {
        const names = await reads.run(folder, () => reader.list(folder));
        return [...names].sort(byNumber.compare);
      } catch {
        return [];
      }
    },
    close: () => reader.close(),
  };
}

/** A whole or decimal number and nothing else. */
function parseNumber(text: string, format: NumberFormat): number | UnknownReason {
  if (!/^[-+]?\d+(\.\d+)?$/.test(text)) return 'unreadable';
  const value = Number(text) * format.scale;
  return value >= format.min && value <= format.max ? value : 'implausible';
}

/** The text of a file that is only there to tell things apart: a name, a label. '' where it can't be read. */
export async function nameIn(files: BoardFiles, path: string): Promise<string> {
  const reading = await files.text(path);
  return isKnown(reading) ? reading.value : '';
}

function reasonOf(error: unknown): UnknownReason {
  if (error instanceof BlockedError) return 'no-answer';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? 'unreadable';
}
