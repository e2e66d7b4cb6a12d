import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../fakes/eventually.js';
import { type Mosquitto, startMosquitto } from '../fakes/mosquitto.js';
import { type DaemonProcess, MAIN, MODELS, startDaemon } from '../harness/daemon.js';
import { SHARED_FOLDER } from './shared-folder.js';

/** The frames that the rover-steer weights were not trained on. */
const HELD_OUT = { from: 750, to: 999 };
const READER = 'docs/examples/read_results.py';

interface Answer {
  readonly frameSeq: number;
  readonly class_id: string;
}

let folder = '';
let steering = '';
let broker: Mosquitto;
const daemons: DaemonProcess[] = [];
const readers: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'edgenextd-main-job-'));
  broker = await startMosquitto();
  steering = join(folder, 'steering');
  const weights = join(SHARED_FOLDER, 'checkpoints/ours/xx_small-rover-steer');
  const options = ['--size', '64', '--fit', 'squash', '--name', 'steering', '--labels', `${weights}.labels.txt`];
  const built = spawnSync(process.execPath, [
    MAIN,
    'model',
    'build',
    `${weights}.safetensors`,
    ...options,
    '--out',
    steering,
  ]);
  expect(built.stderr.toString()).toBe('');
});

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.kill();
  for (const daemon of daemons.splice(0)) await daemon.dispose();
});

afterAll(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(config: object): Promise<DaemonProcess> {
  const mqtt = { url: `mqtt://127.0.0.1:${broker.port}` };
  const daemon = await startDaemon({ device: { manufacturer: 'acme', serial: 'rover' }, mqtt, ...config });
  daemons.push(daemon);
  return daemon;
}

/** What a program prints, line by line, as it comes. */
function linesOf(command: string, args: readonly string[]): string[] {
  const reader = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  readers.push(reader);
  const lines: string[] = [];
  let rest = '';
  reader.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  return lines;
}

/** `mosquitto_sub`, as a user would listen. */
const subscribe = (topic: string): string[] =>
  linesOf('mosquitto_sub', ['-h', '127.0.0.1', '-p', String(broker.port), '-t', `edgenext/v1/acme/rover/${topic}`]);

/** The documented five lines of Python, reading this daemon's socket. */
async function readInPython(daemon: DaemonProcess): Promise<string[]> {
  await eventually(
    () => existsSync(daemon.socketPath),
    () => daemon.output(),
  );
  const program = readFileSync(READER, 'utf8').replace('/run/edgenextd/results.sock', daemon.socketPath);
  return linesOf('python3', ['-u', '-c', program]);
}

describe('the rover-car frames', () => {
  it('are steered as the recorded driver did, as far as the weights can, over MQTT and the local socket', async () => {
    const tub = join(SHARED_FOLDER, 'data/donkey-tub');
    const images = join(folder, 'held-out');
    mkdirSync(images);
    const records = readFileSync(join(tub, 'catalog_0.catalog'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const heldOut = records.filter(({ _index: index }) => index >= HELD_OUT.from && index <= HELD_OUT.to);
    for (const record of heldOut)
      cpSync(join(tub, 'images', record['cam/image_array']), join(images, record['cam/image_array']));
    const recorded = heldOut.map((record) => {
      const angle: number = record['user/angle'];
      return angle < -0.2 ? 'left' : angle > 0.2 ? 'right' : 'straight';
    });
    expect(recorded).toHaveLength(250);

    const remote = subscribe('result/front');
    const daemon = await run({
      slots: { main: { package: steering } },
      cameras: { front: { source: `images:${images}?fps=20`, publish: { results: 'every', heartbeatS: null } } },
    });
    const local = await readInPython(daemon);
    await eventually(
      () => remote.length >= 240 && local.length >= 240,
      () => `${remote.length} and ${local.length}`,
      60_000,
    );

    const answers = remote.map((line) => JSON.parse(line) as Answer);
    const right = answers.filter(({ frameSeq, class_id }) => class_id === recorded[frameSeq]);
    const accuracy = right.length / answers.length;
    console.log(
      `rover-car frames ${HELD_OUT.from}-${HELD_OUT.to}: ${answers.length} results, ${(100 * accuracy).toFixed(1)} % as recorded`,
    );
    console.log(`  mosquitto_sub: ${remote[3]?.slice(0, 220)}…\n  python: ${local.slice(0, 3).join(' | ')}`);
    // 75.2 % in PyTorch on the same frames; one frame is 0.4 points, and a busy machine may skip a few.
    expect(accuracy).toBeGreaterThan(0.73);
    expect(accuracy).toBeLessThan(0.78);
    expect(local[0]).toMatch(/^front (left|straight|right) 0\.\d+$/);
  });
});

describe('the H.264 clips', () => {
  const clips = readdirSync(join(SHARED_FOLDER, 'data/videos')).filter((name) => name.endsWith('.mp4'));

  it('are five', () => {
    expect(clips).toHaveLength(5);
  });

  it.each(clips)('%s is seen', async (clip) => {
    const remote = subscribe('result/film');
    const daemon = await run({
      slots: { main: { package: join(MODELS, 'objects/package') } },
      cameras: { film: { source: `video:${join(SHARED_FOLDER, 'data/videos', clip)}`, publish: { results: 'every' } } },
    });
    const local = await readInPython(daemon);
    await eventually(
      () => remote.length >= 20 && local.length >= 20,
      () => daemon.output(),
      30_000,
    );
    const answers = remote.map((line) => JSON.parse(line));
    console.log(`${clip}: ${local[10]}`);
    for (const { score, model, stamp } of answers) {
      expect(score).toBeGreaterThan(0);
      expect(score).toBeLessThanOrEqual(1);
      expect(model.name).toBe('objects');
      expect(stamp.sec).toBeGreaterThan(1.7e9);
    }
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  });
});
