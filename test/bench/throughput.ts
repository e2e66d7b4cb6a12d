/**
 * Frames a second through the whole daemon against the runner's bare loop on the same graph, in turn in one run; and
 * the lag of the daemon's event loop with two 720p cameras. XXS, 256 px, float32, one thread, frames at model size.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDaemon } from '../harness/daemon.js';
import { machineLine } from './machine.js';
import { buildObjects, noise } from './network.js';
import { PipeProducer } from './pipe-producer.js';
import { median } from './statistics.js';

const SIZE = 256;
const SECONDS = Number(process.argv[2] ?? 4);
const ROUNDS = 7;
const model = buildObjects(SIZE);

async function bareLoop(): Promise<number> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./bare-loop.js', import.meta.url)), model.folder, String(SECONDS)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  await once(child, 'close');
  return Number(text);
}

async function wholeDaemon(offeredFps: number): Promise<number> {
  const socket = join(model.folder, '..', 'cam.sock');
  const daemon = await startDaemon({
    slots: { main: { package: model.folder, threads: 1, nice: 0 } },
    cameras: { cam: { source: `pipe:${socket}` } },
  });
  const messages = daemon.messages()[Symbol.asyncIterator]();
  await messages.next();
  const producer = await PipeProducer.connect(socket, SIZE, SIZE);
  const pixels = noise(SIZE * SIZE * 3, 1);
  let offering = true;
  const offers = (async () => {
    const startNs = process.hrtime.bigint();
    for (let sent = 0; offering; sent++) {
      await producer.send(pixels);
      const dueMs = (sent * 1000) / offeredFps;
      const lateMs = Number(process.hrtime.bigint() - startNs) / 1e6 - dueMs;
      if (lateMs < 0) await new Promise((resolve) => setTimeout(resolve, -lateMs));
    }
  })();
  let startNs: bigint | null = null;
  let count = -40;
  for (;;) {
    const { value } = await messages.next();
    if (value?.topic !== 'result/cam') continue;
    count++;
    if (count === 0) startNs = process.hrtime.bigint();
    if (startNs !== null && Number(process.hrtime.bigint() - startNs) / 1e9 >= SECONDS) break;
  }
  const fps = count / (Number(process.hrtime.bigint() - startNs) / 1e9);
  offering = false;
  await offers;
  producer.close();
  await daemon.stop();
  await daemon.dispose();
  return fps;
}

async function eventLoopLag(): Promise<string> {
  const clip = join(model.folder, '..', 'clip.mp4');
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=25', '-t', String(SECONDS)];
  spawnSync('ffmpeg', ['-loglevel', 'error', '-y', ...source, '-pix_fmt', 'yuv420p', '-preset', 'ultrafast', clip]);
  const report = join(model.folder, '..', 'lag');
  const probe = fileURLToPath(new URL('./lag-probe.js', import.meta.url));
  const camera = { source: `video:${clip}`, fps: 5, capture: { width: 1280, height: 720 } };
  const daemon = await startDaemon(
    { slots: { main: { package: model.folder, threads: 1 } }, cameras: { left: camera, right: camera } },
    { environment: { NODE_OPTIONS: `--import ${probe}`, LAG_REPORT: report } },
  );
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  await daemon.stop();
  const text = readFileSync(`${report}.${daemon.child.pid}`, 'utf8');
  await daemon.dispose();
  return text;
}

console.log(machineLine());
const ratios: number[] = [];
for (let round = 1; round <= ROUNDS; round++) {
  const bare = await bareLoop();
  const daemon = await wholeDaemon(bare * 1.15);
  ratios.push(daemon / bare);
  console.log(
    `round ${round}: bare loop ${bare.toFixed(1)} fps, whole daemon ${daemon.toFixed(1)} fps, ratio ${(daemon / bare).toFixed(3)}`,
  );
}
console.log(`whole daemon / bare loop, XXS ${SIZE} px float32, one thread: median ratio ${median(ratios).toFixed(3)}`);
console.log(`event-loop lag of the daemon, two 1280x720 cameras at 25 fps: ${await eventLoopLag()}`);
model.dispose();
