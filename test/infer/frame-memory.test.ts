import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createFrameMemory, createFrameReader, type FrameMemory } from '../../src/infer/frame-memory.js';

const memories: FrameMemory[] = [];

function memory(): FrameMemory {
  const made = createFrameMemory();
  memories.push(made);
  return made;
}

afterEach(() => {
  for (const made of memories.splice(0)) made.close();
});

const bytes = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) % 256);

describe('the frame memory', () => {
  it('hands on frames of any size, one after the other', () => {
    const { write, descriptor } = memory();
    const read = createFrameReader(descriptor);
    for (const [seed, length] of [200_000, 3, 0, 1_400_000, 200_000].entries()) {
      write(bytes(length, seed));
      expect(Buffer.compare(read(length), bytes(length, seed))).toBe(0);
    }
  });

  it('writes the bytes of a view, not what lies around it', () => {
    const { write, descriptor } = memory();
    write(bytes(100, 0).subarray(40, 60));
    expect([...createFrameReader(descriptor)(20)]).toEqual([...bytes(100, 0).subarray(40, 60)]);
  });

  it('gives frames of one size in the same view, so that nothing is made anew for each', () => {
    const { write, descriptor } = memory();
    const read = createFrameReader(descriptor);
    write(bytes(500, 1));
    const first = read(500);
    write(bytes(500, 2));
    expect(read(500)).toBe(first);
  });

  it('has no name that could stay behind', () => {
    memory();
    expect(readdirSync('/dev/shm').filter((name) => name.includes(`edgenextd-frame-${process.pid}`))).toEqual([]);
  });

  it('says so when a frame is shorter than was said', () => {
    const { write, descriptor } = memory();
    write(bytes(10, 0));
    expect(() => createFrameReader(descriptor)(11)).toThrow(expect.objectContaining({ code: 'frame-memory-short' }));
  });
});
