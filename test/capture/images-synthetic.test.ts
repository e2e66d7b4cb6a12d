import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSyntheticNumber } from '../../src/capture/synthetic.js';
import { folder, run } from './support.js';

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
const PNG = Buffer.from('\x89PNG\r\n\x1a\n…', 'latin1');
const PPM = Buffer.from('P6 1 1 255 abc', 'latin1');

describe('images:', () => {
  it('plays the pictures in natural order, as they are, once', async () => {
    const path = folder();
    writeFileSync(join(path, 'frame10.png'), PNG);
    writeFileSync(join(path, 'frame2.JPG'), JPEG);
    writeFileSync(join(path, 'frame9.ppm'), PPM);
    writeFileSync(join(path, 'README.txt'), 'not a picture');
    const running = run(`images:${path}?fps=200`);
    expect(await running.ended).toBeNull();
    expect(running.frames.map(({ format, data }) => [format.kind, Buffer.from(data)])).toEqual([
      ['jpeg', JPEG],
      ['ppm', PPM],
      ['png', PNG],
    ]);
  });

  it('counts what is no picture and goes on', async () => {
    const path = folder();
    writeFileSync(join(path, '1.jpg'), 'text');
    mkdirSync(join(path, '2.jpg'));
    writeFileSync(join(path, '3.jpg'), '');
    writeFileSync(join(path, '4.jpg'), JPEG);
    const running = run(`images:${path}?fps=200`);
    await running.ended;
    expect(running.corrupt).toHaveLength(3);
    expect(running.frames.map(({ seq }) => seq)).toEqual([3]);
  });

  it('passes over what is no file, without waiting for it or reading it to an end that never comes', async () => {
    const path = folder();
    execFileSync('mkfifo', [join(path, '1.jpg')]);
    symlinkSync('/dev/zero', join(path, '2.jpg'));
    writeFileSync(join(path, '3.jpg'), JPEG);
    const running = run(`images:${path}?fps=200`);
    expect(await running.ended).toBeNull();
    expect(running.corrupt).toHaveLength(2);
    expect(running.frames.map(({ seq }) => seq)).toEqual([2]);
  });

  it('loops until it is aborted', async () => {
    const path = folder();
    writeFileSync(join(path, '1.jpg'), JPEG);
    const running = run(`images:${path}?fps=200&loop=1`);
    await running.frame(5);
    running.abort();
    expect(await running.ended).toBeNull();
  });

  it('says what is wrong with a missing or an empty folder', async () => {
    expect((await run('images:/does/not/exist').ended)?.code).toBe('source-missing');
    const path = folder();
    writeFileSync(join(path, 'notes.txt'), '');
    const error = await run(`images:${path}`).ended;
    expect(error?.code).toBe('source-empty');
    expect(error?.message).toContain('found 1 other files');
  });

  it('is aborted while it waits for the next picture', async () => {
    const path = folder();
    for (const name of ['1.jpg', '2.jpg']) writeFileSync(join(path, name), JPEG);
    const running = run(`images:${path}?fps=0.01`);
    await running.frame(1);
    running.abort();
    expect(await running.ended).toBeNull();
  });
});

describe('synthetic:', () => {
  const read = (data: Uint8Array, width: number, height: number): number | null =>
    readSyntheticNumber((x, y) => data[y * width + x]!, width, height);

  it.each([
    [64, 48],
    [160, 120],
    [97, 250],
    [1280, 720],
  ])('shows each frame’s number at %i x %i', async (width, height) => {
    const running = run('synthetic:?fps=500&frames=5', { width, height });
    expect(await running.ended).toBeNull();
    expect(running.frames.length).toBeGreaterThan(0);
    for (const { seq, data, format } of running.frames) {
      expect(format.kind).toBe('i420');
      const size = format as { width: number; height: number };
      expect(read(data, size.width, size.height)).toBe(seq);
    }
  });

  it('is readable after cropping to a square and shrinking', async () => {
    const running = run('synthetic:?fps=500&frames=3', { width: 640, height: 360 });
    await running.ended;
    const { data, seq } = running.frames.at(-1)!;
    const side = 64;
    const shrunk = (x: number, y: number): number => {
      const left = (640 - 360) / 2;
      return data[Math.floor(((y + 0.5) * 360) / side) * 640 + Math.floor(left + ((x + 0.5) * 360) / side)]!;
    };
    expect(readSyntheticNumber(shrunk, side, side)).toBe(seq);
  });

  it('does not read a number where there is none', () => {
    expect(readSyntheticNumber(() => 255, 64, 64)).toBeNull();
  });
});
