/**
 * One contract for every source that runs a program: what each does when the program ends, stalls, crashes, writes
 * garbage, floods, does not want to end, or is stopped while it starts. The programs are stand-ins, first on the search path.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCamera } from '../../src/capture/managed-camera.js';
import { openSource } from '../../src/capture/sources.js';
import { systemClock } from '../../src/clock.js';
import { silentLogger } from '../../src/log.js';
import { folder, processesNaming, type Running, run, searchPathWith, standIn, until } from './support.js';

type Behaviour = 'end' | 'stall' | 'crash' | 'garbage' | 'flood' | 'deaf' | 'torn';

interface Subject {
  readonly name: string;
  readonly url: (folder: string) => string;
  readonly program: string;
  /** Fd that the frames come out of. */
  readonly fd: 1 | 3;
  readonly stream: 'y4m' | 'raw';
  readonly live: boolean;
}

const SUBJECTS: readonly Subject[] = [
  { name: 'video', url: (path) => `video:${path}/film.mp4`, program: 'ffmpeg', fd: 1, stream: 'y4m', live: false },
  { name: 'rtsp', url: () => 'rtsp://127.0.0.1:9/door', program: 'ffmpeg', fd: 1, stream: 'y4m', live: true },
  { name: 'v4l2', url: () => 'v4l2:/dev/null', program: 'ffmpeg', fd: 1, stream: 'y4m', live: true },
  { name: 'rpicam', url: () => 'rpicam:0', program: 'rpicam-vid', fd: 1, stream: 'raw', live: true },
  { name: 'libcamera-vid', url: () => 'rpicam:0', program: 'libcamera-vid', fd: 1, stream: 'raw', live: true },
  { name: 'argus', url: () => 'argus:0?mode=256x128', program: 'gst-launch-1.0', fd: 3, stream: 'raw', live: true },
];

/** 128 x 64: no row is padded by any of the programs. */
const WIDTH = 128;
const HEIGHT = 64;
const FRAME_BYTES = (WIDTH * HEIGHT * 3) / 2;

function script(subject: Subject, behaviour: Behaviour): string {
  return `
const { writeSync } = require('node:fs');
if (process.argv.includes('-version')) { console.log('ffmpeg version 5.1.9-stand-in'); process.exit(0); }
const behaviour = '${behaviour}';
const put = (bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(${subject.fd}, bytes, at); };
const frame = (value) => Buffer.concat([Buffer.from(${subject.stream === 'y4m'} ? 'FRAME\\n' : ''), Buffer.alloc(${FRAME_BYTES}, value)]);
if (${subject.fd === 3}) console.log('CONSUMER: text on stdout, which is not the data');
if (behaviour === 'deaf') for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
if (behaviour === 'garbage') { put(Buffer.alloc(100000, 0x55)); setInterval(() => {}, 1000); }
else {
  if (${subject.stream === 'y4m'}) put(Buffer.from('YUV4MPEG2 W${WIDTH} H${HEIGHT} F20:1 Ip A1:1 C420mpeg2 XCOLORRANGE=FULL\\n'));
  for (let n = 0; n < (behaviour === 'flood' ? 300 : 3); n++) put(frame(n));
  if (behaviour === 'torn') { put(frame(9).subarray(0, 1000)); process.exit(0); }
  if (behaviour === 'crash') {
    for (let n = 0; n < 5000; n++) process.stderr.write('noise ' + n + '\\n');
    process.stderr.write('the sensor fell off\\n', () => process.exit(3));
  } else if (behaviour !== 'end') setInterval(() => {}, 1000);
}
`;
}

interface World {
  readonly path: string;
  readonly searchPath: string;
  readonly url: string;
}

function world(subject: Subject, behaviour: Behaviour): World {
  const path = folder();
  const bin = join(path, 'bin');
  mkdirSync(bin);
  writeFileSync(join(path, 'film.mp4'), 'not looked at by the stand-in');
  standIn(bin, subject.program, script(subject, behaviour));
  return { path, searchPath: searchPathWith(bin), url: subject.url(path) };
}

function play(subject: Subject, behaviour: Behaviour): { readonly running: Running; readonly world: World } {
  const made = world(subject, behaviour);
  return { world: made, running: run(made.url, { searchPath: made.searchPath, width: WIDTH, height: HEIGHT }) };
}

describe.each(SUBJECTS)('a source that runs a program: $name ($program)', (subject) => {
  it(`delivers whole frames and ${subject.live ? 'fails' : 'ends'} when the program ends with status 0`, async () => {
    const { running, world } = play(subject, 'end');
    const error = await running.ended;
    expect(running.frames.map((frame) => [frame.seq, frame.data.length, frame.data[0]])).toEqual([
      [0, FRAME_BYTES, 0],
      [1, FRAME_BYTES, 1],
      [2, FRAME_BYTES, 2],
    ]);
    expect(running.frames[0]?.format).toMatchObject({ kind: 'i420', width: WIDTH, height: HEIGHT, rowStride: WIDTH });
    expect(error?.code ?? null).toBe(subject.live ? 'source-exited' : null);
    expect(processesNaming(world.path)).toEqual([]);
  });

  it('does not make a frame of the torn tail', async () => {
    const { running } = play(subject, 'torn');
    await running.ended;
    expect(running.frames).toHaveLength(3);
  });

  it('fails with the last words of a program that crashes, however much it said before', async () => {
    const { running, world } = play(subject, 'crash');
    const error = await running.ended;
    expect(error?.family).toBe('device');
    expect(error?.code).toBe('source-exited');
    expect(error?.message).toContain('status 3');
    expect(error?.message).toContain('the sensor fell off');
    expect(JSON.stringify(error?.facts).length).toBeLessThan(10_000);
    expect(processesNaming(world.path)).toEqual([]);
  });

  it('runs on through a stall until it is aborted, and leaves no process', async () => {
    const { running, world } = play(subject, 'stall');
    await running.frame(3);
    running.abort();
    expect(await running.ended).toBeNull();
    expect(processesNaming(world.path)).toEqual([]);
  });

  // One runner for all of them: two stand for the six, since each waits a second for SIGKILL.
  if (['video', 'argus'].includes(subject.name)) {
    it('ends a program that ignores SIGINT and SIGTERM', async () => {
      const { running, world } = play(subject, 'deaf');
      await running.frame(3);
      running.abort();
      expect(await running.ended).toBeNull();
      expect(processesNaming(world.path)).toEqual([]);
    });
  }

  it('leaves no process when it is aborted while it starts', async () => {
    for (const wait of [
      () => Promise.resolve(),
      (path: string) => until(() => processesNaming(path).length > 0, 'started'),
    ]) {
      const { running, world } = play(subject, 'stall');
      await wait(world.path);
      running.abort();
      expect(await running.ended).toBeNull();
      expect(processesNaming(world.path)).toEqual([]);
    }
  });

  if (subject.stream === 'y4m') {
    it('fails clearly on garbage and ends the program', async () => {
      const { running, world } = play(subject, 'garbage');
      const error = await running.ended;
      expect(error?.code).toBe('source-garbage');
      expect(running.frames).toHaveLength(0);
      expect(processesNaming(world.path)).toEqual([]);
    });
  }

  it('is not slowed by a reader that takes no frames: the newest is kept, the others are counted', async () => {
    const { searchPath, url } = world(subject, 'flood');
    const opened = openSource(
      { camera: 'test', url, width: WIDTH, height: HEIGHT, fps: null },
      { clock: systemClock, searchPath },
    );
    const camera = createCamera({ id: 'test', maxAgeMs: 60_000 }, opened, {
      clock: systemClock,
      log: silentLogger,
      random: () => 0.5,
    });
    camera.start();
    await until(() => camera.fates().replaced >= 299, 'all frames passed');
    const newest = camera.take();
    expect(newest?.seq).toBe(299);
    newest?.release();
    expect(camera.take()).toBeNull();
    await camera.close();
    expect(processesNaming(searchPath.split(':')[0] ?? '')).toEqual([]);
  });
});

describe.each(SUBJECTS.filter(({ program }) => program !== 'libcamera-vid'))('without $program', (subject) => {
  it('says what to install', async () => {
    const path = folder();
    writeFileSync(join(path, 'film.mp4'), '');
    const error = await run(subject.url(path), { searchPath: path }).ended;
    expect(error?.code).toBe('source-program-missing');
    expect(error?.message).toMatch(/install/);
  });
});
