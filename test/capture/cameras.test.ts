/** The cameras that only exist on boards, with stand-ins for their programs. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, type Running, type RunOptions, run, searchPathWith, standIn } from './support.js';

interface Called {
  readonly running: Running;
  /** What the stand-in was called with. */
  readonly args: () => string;
}

function withProgram(name: string, url: string, script: string, options: RunOptions = {}): Called {
  const path = folder();
  mkdirSync(join(path, 'bin'));
  const record = `
if (process.argv.includes('-version')) { console.log('ffmpeg version 5.1.9'); process.exit(0); }
require('node:fs').writeFileSync('${path}/args', process.argv.slice(2).join(' '));
`;
  standIn(join(path, 'bin'), name, record + script);
  const running = run(url, { searchPath: searchPathWith(join(path, 'bin')), ...options });
  return { running, args: () => (existsSync(`${path}/args`) ? readFileSync(`${path}/args`, 'utf8') : '') };
}

/** Writes frames with padded rows, each in a few pieces, with a pause between frames, for ever. */
const padded = (stride: number, height: number, frames: number): string => `
const luma = (n) => Buffer.alloc(${stride} * ${height}, n);
const chroma = Buffer.alloc(${(stride * height) / 2}, 128);
let n = 0;
const write = () => {
  if (n === ${frames}) return;
  const frame = Buffer.concat([luma(n), chroma]);
  for (let at = 0; at < frame.length; at += 20000) process.stdout.write(frame.subarray(at, at + 20000));
  n += 1;
};
setInterval(write, 40);
`;

describe('rpicam:', () => {
  it.each([
    [320, 320, 'no padding'],
    [320, 384, '128, as on a Pi 5'],
    [160, 192, '64, up to a Pi 4'],
    [160, 256, '128, as on a Pi 5'],
    [96, 128, 'both alike'],
  ])('finds the rows of a width of %i to be %i bytes apart (%s)', async (width, stride) => {
    const height = 90;
    const { running } = withProgram('rpicam-vid', 'rpicam:0', padded(stride, height, 40), { width, height });
    const first = await running.frame(1);
    const second = await running.frame(2);
    expect(first.format).toEqual({ kind: 'i420', width, height, rowStride: stride, range: 'full', matrix: 'bt601' });
    // Aligned: all of the luma is of one frame, and the next frame is the next one.
    expect(new Set(first.data.subarray(0, stride * height)).size).toBe(1);
    expect(second.data[0]).toBe((first.data[0] ?? 0) + 1);
    expect([first.seq, second.seq]).toEqual([0, 1]);
  });

  it('takes the first frame where the width leaves no choice', async () => {
    const { running } = withProgram('rpicam-vid', 'rpicam:0', padded(256, 90, 3), { width: 256, height: 90 });
    expect((await running.frame(1)).data[0]).toBe(0);
  });

  it('gives up, naming a width that works, when the bytes fit no padding', async () => {
    const script = `setInterval(() => process.stdout.write(Buffer.alloc(1001)), 8);`;
    const { running } = withProgram('rpicam-vid', 'rpicam:0', script, { width: 320, height: 90 });
    const error = await running.ended;
    expect(error?.code).toBe('source-stride');
    expect(error?.message).toContain('(384)');
  });

  it('asks the ISP for the capture size, at even sides', async () => {
    const options = { width: 257, height: 193, fps: 15 };
    const { running, args } = withProgram('rpicam-vid', 'rpicam:1?hflip=1', 'process.exit(255)', options);
    await running.ended;
    expect(args()).toBe(
      '-t 0 -n --codec yuv420 --flush --framerate 15 --width 256 --height 192 --camera 1 --hflip -o -',
    );
  });
});

describe('argus:', () => {
  it('asks for a scaled picture of the sensor’s shape on fd 3', async () => {
    const options = { width: 256, height: 256, fps: 20 };
    const { running, args } = withProgram('gst-launch-1.0', 'argus:1', 'process.exit(1)', options);
    await running.ended;
    expect(args()).toBe(
      '-q nvarguscamerasrc sensor-id=1 ! video/x-raw(memory:NVMM),width=1920,height=1080,framerate=20/1 ! nvvidconv ! ' +
        'video/x-raw,format=I420,width=456,height=256 ! queue leaky=downstream max-size-buffers=1 ! fdsink fd=3 sync=false',
    );
  });
});

describe('v4l2:', () => {
  it.each([
    ['v4l2:/dev/null', { width: 96, height: 96, fps: null }, '-f v4l2 -video_size 320x240 -i /dev/null'],
    ['v4l2:/dev/null', { width: 288, height: 288, fps: 10 }, '-f v4l2 -video_size 640x480 -framerate 10 -i /dev/null'],
    ['v4l2:/dev/null', { width: 4000, height: 96, fps: null }, '-f v4l2 -video_size 1920x1080 -i /dev/null'],
    [
      'v4l2:/dev/null?size=800x600&input=mjpeg',
      { width: 96, height: 96, fps: null },
      '-video_size 800x600 -input_format mjpeg -i /dev/null',
    ],
  ])('asks %s for a size that covers the capture size: %o', async (url, options, expected) => {
    const { running, args } = withProgram('ffmpeg', url, 'process.exit(1)', options);
    await running.ended;
    expect(args()).toContain(expected);
  });

  it('repeats what ffmpeg says of a busy device, and what it means', async () => {
    const script = `console.error('[video4linux2] ioctl(VIDIOC_STREAMON): Device or resource busy'); process.exit(1)`;
    const error = await withProgram('ffmpeg', 'v4l2:/dev/null', script).running.ended;
    expect(error?.message).toMatch(/Device or resource busy.*another program has the camera open/);
  });

  it('says that a device is missing and how to name it', async () => {
    const error = await run('v4l2:/dev/video97').ended;
    expect(error?.code).toBe('source-missing');
    expect(error?.message).toContain('/dev/v4l/by-path');
  });

  it('refuses what is no device', async () => {
    const path = folder();
    expect((await run(`v4l2:${path}`).ended)?.code).toBe('source-not-a-device');
  });
});
