/** With the real ffmpeg, on files that it encodes itself. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folder, run } from './support.js';

let films: string;
const film = (name: string): string => join(films, name);

function encode(name: string, input: string, ...args: string[]): void {
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', input, ...args, film(name)]);
}

beforeAll(() => {
  films = mkdtempSync(join(tmpdir(), 'films-'));
  const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '0', '-pix_fmt', 'yuv420p'];
  encode('test.mp4', 'testsrc2=s=320x240:r=20:d=1', ...h264);
  encode('white.mp4', 'color=white:s=64x64:r=20:d=0.2', ...h264, '-color_range', 'tv');
  const hd = 'scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=colorspace=bt709:range=tv';
  encode('green709.mp4', 'color=0x00c000:s=64x64:r=20:d=0.2', '-vf', hd, ...h264, '-colorspace', 'bt709');
  encode('raw.h264', 'testsrc2=s=64x48:r=20:d=1', ...h264);
  encode('raw.mjpeg', 'testsrc2=s=64x48:r=20:d=0.5', '-q:v', '2', '-f', 'mjpeg');
});
afterAll(() => rmSync(films, { recursive: true, force: true }));

describe('video:', () => {
  it('covers the capture size without changing the picture’s shape, and ends', async () => {
    const running = run(`video:${film('test.mp4')}?pace=fast`, { width: 96, height: 96 });
    expect(await running.ended).toBeNull();
    expect(running.frames).toHaveLength(20);
    expect(running.frames[0]?.format).toEqual({
      kind: 'i420',
      width: 128,
      height: 96,
      rowStride: 128,
      range: 'full',
      matrix: 'bt601',
    });
    expect(running.frames.map(({ seq }) => seq)).toEqual([...Array(20).keys()]);
    expect(new Set(running.frames.map(({ data }) => data.length))).toEqual(new Set([18_432]));
  });

  it('never enlarges', async () => {
    const running = run(`video:${film('raw.mjpeg')}?pace=fast`, { width: 640, height: 640 });
    await running.ended;
    expect(running.frames[0]?.format).toMatchObject({ width: 64, height: 48 });
  });

  it.each([
    ['limited-range white', 'white.mp4', [255, 255, 255]],
    ['BT.709 green', 'green709.mp4', [0, 0xc0, 0]],
  ])('gives full-range BT.601 whatever came in: %s', async (_name, file, [red, green, blue]) => {
    const running = run(`video:${film(file)}?pace=fast`, { width: 32, height: 32 });
    await running.ended;
    const data = running.frames[0]!.data;
    const [y, u, v] = [data[0]!, data[1024]! - 128, data[1280]! - 128];
    const rgb = [y + 1.402 * v, y - 0.344136 * u - 0.714136 * v, y + 1.772 * u];
    for (const [n, wanted] of [red, green, blue].entries()) expect(Math.abs(rgb[n]! - wanted!)).toBeLessThan(5);
  });

  // ffmpeg rewinds the first two by itself; of the last it says "Seek to start failed" and ends.
  it.each(['test.mp4', 'raw.mjpeg', 'raw.h264'])('plays %s again with loop=1 until it is aborted', async (name) => {
    const running = run(`video:${film(name)}?fps=20&loop=1&pace=fast`);
    await running.frame(45);
    running.abort();
    expect(await running.ended).toBeNull();
    expect(running.frames.map(({ seq }) => seq)).toEqual([...running.frames.keys()]);
  });

  it('is paced by the rate that a raw stream is said to have', async () => {
    const running = run(`video:${film('raw.mjpeg')}?fps=40`);
    await running.ended;
    expect(running.frames).toHaveLength(10);
    const spanMs = Number(running.frames[9]!.captured.monotonicNs - running.frames[0]!.captured.monotonicNs) / 1e6;
    // Nine periods of 25 ms; ffmpeg's -re lets the first frames go a little early, and a loaded machine is only ever late.
    expect(spanMs).toBeGreaterThan(100);
  });

  it.each([5, 8, 20, 60])('thins the frames out to the wanted rate: 20 to %i', async (fps) => {
    const running = run(`video:${film('test.mp4')}?pace=fast`, { fps });
    await running.ended;
    expect(running.frames).toHaveLength(Math.min(fps, 20));
  });

  it('fails on a file that is no video, a missing file and a folder, naming it', async () => {
    const path = folder();
    writeFileSync(join(path, 'text.mp4'), 'this is no video'.repeat(100));
    const wrong = await run(`video:${path}/text.mp4`).ended;
    expect(wrong?.code).toBe('source-exited');
    expect(wrong?.message).toContain(`is ${path}/text.mp4 a video that ffmpeg can decode?`);
    expect((await run(`video:${path}/none.mp4`).ended)?.code).toBe('source-missing');
    expect((await run(`video:${path}`).ended)?.message).toContain('images:');
  });
});
