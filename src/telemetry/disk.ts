import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { DayRate } from './day-rate.js';
import { type Figure, Growth, inTime, isKnown, numberIn, readNow } from './figures.js';

export interface DiskUse {
  /** Of the file system that holds the folder. */
  readonly diskTotalMB: Figure;
  readonly diskFreeMB: Figure;
  /** To the whole card or disk below it, by everybody, since the last round. */
  readonly diskWrittenMB: Figure;
  readonly diskWrittenMBPerDay: Figure;
}

const MB = 2 ** 20;
/** Of the kernel's statistics, whatever the disk has (block/stat in the kernel's documentation). */
const SECTOR_BYTES = 512;

/** The disk that a folder lies on: what is free, and what is written to it, because that wears a card out. */
export function createDiskUse(root: string, folder: string): (nowNs: bigint) => Promise<DiskUse> {
  const written = new Growth();
  const rate = new DayRate();

  return async (nowNs) => {
    const writtenMB = numberIn(readNow(statFile(root, folder)), /^\s*(?:\d+\s+){6}(\d+)/, SECTOR_BYTES / MB);
    return {
      ...(await freeSpace(root, folder)),
      diskWrittenMB: written.since(writtenMB),
      diskWrittenMBPerDay: isKnown(writtenMB) ? rate.perDay(nowNs, writtenMB) : writtenMB,
    };
  };
}

/** Of the whole disk: a card wears out as a whole. '' leads to no file. */
function statFile(root: string, folder: string): string {
  const mounts = readNow(`${root}/proc/self/mountinfo`);
  const device = typeof mounts === 'string' ? deviceOf(mounts, folder) : null;
  if (device === null) return '';
  const block = `${root}/sys/dev/block/${device}`;
  // The entry is a link, and the disk of a partition is the folder above the link's target: nothing may shorten `..`.
  return existsSync(`${block}/partition`) ? `${block}/../stat` : `${block}/stat`;
}

/** `ID PARENT MAJOR:MINOR ROOT MOUNT-POINT …` (proc_pid_mountinfo(5)); the longest mount point above the folder holds it. */
function deviceOf(mounts: string, folder: string): string | null {
  let found: { device: string; point: string } | null = null;
  for (const [, device = '', escaped = ''] of mounts.matchAll(/^\d+ \d+ (\d+:\d+) \S+ (\S+) /gm)) {
    const point = escaped.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const holds = folder === point || folder.startsWith(point.endsWith('/') ? point : `${point}/`);
    // Of two on one point the later covers the earlier.
    if (holds && point.length >= (found?.point.length ?? 0)) found = { device, point };
  }
  return found?.device ?? null;
}

async function freeSpace(root: string, folder: string): Promise<Pick<DiskUse, 'diskTotalMB' | 'diskFreeMB'>> {
  const answer = await inTime(statfs(`${root}/${folder}`));
  if ('unknown' in answer) return { diskTotalMB: answer, diskFreeMB: answer };
  const { bsize, blocks, bavail } = answer;
  return { diskTotalMB: (blocks * bsize) / MB, diskFreeMB: (bavail * bsize) / MB };
}
