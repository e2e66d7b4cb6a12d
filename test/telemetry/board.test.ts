import { describe, expect, it } from 'vitest';
import { createBoardLoad } from '../../src/telemetry/board-load.js';
import { DayRate } from '../../src/telemetry/day-rate.js';
import { createDiskUse } from '../../src/telemetry/disk.js';
import { inTime } from '../../src/telemetry/figures.js';
import { fakeRoot, PI_FILES, piRoot } from './fake-root.js';

const NOT_YET = { unknown: 'not-yet' };
const ABSENT = { unknown: 'absent' };
const HOUR_NS = 3_600_000_000_000n;

describe('the load of the board', () => {
  it('says what is, and what grew since the round before', () => {
    const root = piRoot();
    const read = createBoardLoad(root.path);
    expect(read()).toEqual({
      cpuBusyPct: NOT_YET,
      load1: 0.42,
      memoryTotalMB: expect.closeTo(3793.9, 1),
      memoryAvailableMB: expect.closeTo(2844.7, 1),
      swapUsedMB: expect.closeTo(9.77, 2),
      receivedBytes: NOT_YET,
      sentBytes: NOT_YET,
    });
    // 100 more ticks, of which 70 idle and 5 waiting for the disk.
    root.write('proc/stat', 'cpu  1010 55 308 8070 105 0 52 0 0 0\n');
    root.write('proc/net/dev', PI_FILES['proc/net/dev'].replace('1000000', '1004096').replace('3000 ', '3500 '));
    expect(read()).toMatchObject({ cpuBusyPct: expect.closeTo(25), receivedBytes: 4096, sentBytes: 500 });
  });

  it.each([
    ['no /proc at all', {}, { cpuBusyPct: ABSENT, load1: ABSENT, memoryTotalMB: ABSENT, receivedBytes: ABSENT }],
    [
      'files that hold something else',
      { 'proc/stat': 'what?', 'proc/meminfo': '' },
      { cpuBusyPct: { unknown: 'unreadable' }, swapUsedMB: { unknown: 'unreadable' } },
    ],
    [
      'no hardware in the network',
      { 'proc/net/dev': PI_FILES['proc/net/dev'] },
      { receivedBytes: ABSENT, sentBytes: ABSENT },
    ],
  ])('knows with %s that it does not know', (_what, files, expected) => {
    expect(createBoardLoad(fakeRoot(files).path)()).toMatchObject(expected);
  });

  it('has no growth of a counter that starts over', () => {
    const root = piRoot();
    const read = createBoardLoad(root.path);
    read();
    root.write('proc/net/dev', PI_FILES['proc/net/dev'].replace('1000000', '12'));
    expect(read()).toMatchObject({ receivedBytes: NOT_YET, sentBytes: 0 });
  });
});

describe('the disk', () => {
  it.each([
    ['the card, as a whole', '/var/lib/edgenextd', 20],
    ['another disk below, with a space in its name', '/mnt/big disk/state', 4],
  ])('is %s', async (_what, folder, writtenMB) => {
    const root = piRoot();
    const read = createDiskUse(root.path, folder);
    expect(await read(0n)).toEqual({
      diskTotalMB: expect.any(Number),
      diskFreeMB: expect.any(Number),
      diskWrittenMB: NOT_YET,
      diskWrittenMBPerDay: NOT_YET,
    });
    const disk = folder.startsWith('/mnt') ? 'usb/sda' : 'mmc/mmcblk0';
    root.write(`sys/devices/${disk}/stat`, `1 0 2 5 3 0 ${(writtenMB + 1) * 2048} 7 0 6 12 0 0 0 0\n`);
    expect(await read(HOUR_NS)).toMatchObject({ diskWrittenMB: 1, diskWrittenMBPerDay: 24 });
  });

  it.each([
    ['memory has none below', '/var/lib/volatile', 'diskWrittenMB', ABSENT],
    ['a folder that is not there has no space', '/no/such', 'diskFreeMB', ABSENT],
  ] as const)('%s', async (_what, folder, figure, expected) => {
    expect((await createDiskUse(piRoot().path, folder)(0n))[figure]).toEqual(expected);
  });
});

describe('a file system', () => {
  it.each([
    ['that answers', () => Promise.resolve(7), 7],
    ['that does not answer', () => new Promise(() => undefined), { unknown: 'no-answer' }],
    ['that refuses', () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })), { unknown: 'denied' }],
  ])('%s holds nobody up', async (_what, asked: () => Promise<unknown>, expected) => {
    expect(await inTime<unknown>(asked(), 5)).toEqual(expected);
  });
});

describe('what a day adds', () => {
  const table: readonly [string, readonly (readonly [hours: number, total: number])[], unknown][] = [
    [
      'nothing after five minutes',
      [
        [0, 0],
        [1 / 12, 50],
      ],
      NOT_YET,
    ],
    [
      'what there is, for a whole day',
      [
        [0, 100],
        [0.5, 110],
      ],
      480,
    ],
    [
      'the last 24 hours alone',
      [[0, 0], [1, 1000], ...Array.from({ length: 48 }, (_, i) => [i + 2, 1000 + i + 1] as const)],
      24,
    ],
    [
      'nothing of before it started over',
      [
        [0, 900],
        [1, 901],
        [2, 5],
        [3, 7],
      ],
      48,
    ],
  ];
  it.each(table)('%s', (_what, samples, expected) => {
    const rate = new DayRate();
    const said = samples.map(([hours, total]) => rate.perDay(BigInt(Math.round(hours * 3600)) * 1_000_000_000n, total));
    expect(said.at(-1)).toEqual(typeof expected === 'number' ? expect.closeTo(expected) : expected);
  });
});
