import { describe, expect, test, vi } from 'vitest';
import { BlockedError, createBoundedReads } from '../../src/boards/bounded-reads.js';

/** A read that answers when it is told to. */
function hanging(): { read: () => Promise<string>; answer: () => void; calls: () => number } {
  let calls = 0;
  const answers: Array<() => void> = [];
  return {
    read: () => {
      calls += 1;
      return new Promise((resolve) => answers.push(() => resolve('late')));
    },
    answer: () => answers.splice(0).forEach((answer) => void answer()),
    calls: () => calls,
  };
}

const fine = (): Promise<string> => Promise.resolve('fine');

describe('bounded reads', () => {
  test('go one after the other', async () => {
    const reads = createBoundedReads(1000);
    const first = hanging();
    const waiting = reads.run('a', first.read);
    const second = vi.fn(fine);
    const after = reads.run('b', second);
    expect(second).not.toHaveBeenCalled();
    first.answer();
    expect(await Promise.all([waiting, after])).toEqual(['late', 'fine']);
  });

  test('leave a device behind that does not answer, and ask it again when it did', async () => {
    const reads = createBoundedReads(5);
    const stuck = hanging();
    await expect(reads.run('i2c', stuck.read)).rejects.toThrow(BlockedError);
    expect(await reads.run('zone', fine)).toBe('fine');
    await expect(reads.run('i2c', stuck.read)).rejects.toThrow(/i2c/);
    expect(stuck.calls()).toBe(1);
    stuck.answer();
    await vi.waitFor(async () => expect(await reads.run('i2c', fine)).toBe('fine'));
  });

  test('hold two of the process’s file threads at most', async () => {
    const reads = createBoundedReads(5);
    const stuck = [hanging(), hanging(), hanging()];
    const results = await Promise.allSettled(stuck.map(({ read }, index) => reads.run(`bus ${index}`, read)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(stuck.map(({ calls }) => calls())).toEqual([1, 1, 0]);
    await expect(reads.run('zone', fine)).rejects.toThrow(BlockedError);
    stuck[0]?.answer();
    await vi.waitFor(async () => expect(await reads.run('zone', fine)).toBe('fine'));
  });

  test('go on after one that fails', async () => {
    const reads = createBoundedReads(1000);
    const failing = reads.run('a', () => Promise.reject(new Error('EIO')));
    const next = reads.run('b', fine);
    await expect(failing).rejects.toThrow('EIO');
    expect(await next).toBe('fine');
  });
});
