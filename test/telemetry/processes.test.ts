import { describe, expect, it } from 'vitest';
import { createProcessUse, type WatchedProcess } from '../../src/telemetry/processes.js';
import { type FakeRoot, fakeRoot } from './fake-root.js';

const HOUR_NS = 3_600_000_000_000n;
const RUNNER: WatchedProcess = { role: 'runner', name: 'main', pid: 77 };

/** A process whose name is as nasty as it may be. */
function put(root: FakeRoot, pid: number, facts: { ticks: number; start?: number; writtenMB?: number }): void {
  const before = `${pid} (a) R 1 (b) S 1 ${pid} ${pid} 0 -1 4194304 900 0 0 0`;
  root.write(`proc/${pid}/stat`, `${before} ${facts.ticks - 5} 5 0 0 20 0 11 0 ${facts.start ?? 1000} 1 2 3\n`);
  root.write(`proc/${pid}/status`, 'Name:\ta) R 1 (b\nVmHWM:\t  99999 kB\nVmRSS:\t  51200 kB\nThreads:\t11\n');
  root.write(`proc/${pid}/io`, `rchar: 1\nwchar: 999999999\nwrite_bytes: ${(facts.writtenMB ?? 0) * 2 ** 20}\n`);
}

describe('what a process takes', () => {
  it('is counted since the last round, in cores', () => {
    const root = fakeRoot();
    const read = createProcessUse(root.path);
    put(root, 77, { ticks: 1000 });
    expect(read([RUNNER], 0n, 30).processes).toEqual([{ ...RUNNER, cpuPct: { unknown: 'not-yet' }, memoryMB: 50 }]);
    put(root, 77, { ticks: 5500 });
    expect(read([RUNNER], 30n, 30).processes).toEqual([{ ...RUNNER, cpuPct: 150, memoryMB: 50 }]);
  });

  it('starts over for another process with the same id', () => {
    const root = fakeRoot();
    const read = createProcessUse(root.path);
    put(root, 77, { ticks: 1000 });
    read([RUNNER], 0n, 30);
    put(root, 77, { ticks: 1200, start: 2000 });
    expect(read([RUNNER], 0n, 30).processes[0]?.cpuPct).toEqual({ unknown: 'not-yet' });
  });

  it('is unknown of one that has gone', () => {
    const [gone] = createProcessUse(fakeRoot().path)([RUNNER], 0n, 30).processes;
    expect(gone).toEqual({ ...RUNNER, cpuPct: { unknown: 'absent' }, memoryMB: { unknown: 'absent' } });
  });

  it('counts what all have written for a day, also of those that ended', () => {
    const root = fakeRoot();
    const read = createProcessUse(root.path);
    const camera: WatchedProcess = { role: 'camera', name: 'front', pid: 78 };
    put(root, 77, { ticks: 1000, writtenMB: 100 });
    put(root, 78, { ticks: 1000, writtenMB: 7 });
    expect(read([RUNNER, camera], 0n, 30).ownWrittenMBPerDay).toEqual({ unknown: 'not-yet' });
    put(root, 77, { ticks: 1000, writtenMB: 101 });
    put(root, 78, { ticks: 1000, writtenMB: 9 });
    read([RUNNER, camera], HOUR_NS, 30);
    put(root, 77, { ticks: 1000, writtenMB: 102 });
    expect(read([RUNNER], 2n * HOUR_NS, 30).ownWrittenMBPerDay).toBeCloseTo(48);
  });
});
