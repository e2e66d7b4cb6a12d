/**
 * Frames a second through the whole daemon against the runner's bare loop on the same graph (and against onnxruntime
 * alone, in one process, without frames that come from anywhere), in turn in one run; and
 * the lag of the daemon's event loop with two 720p cameras. XXS, float32, one thread, frames at model size; 256 px
 * unless another size is asked for: `throughput.js SECONDS SIZE`.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectWhenThere, startDaemon } from '../harness/daemon.js';
import { machineLine } from './machine.js';
import { buildObjects, noise } from './network.js';
import { PipeProducer } from './pipe-producer.js';
import { median } from './statistics.js';

const SIZE = Number(process.argv[3] ?? 256);
const SECONDS = Number(process.argv[2] ?? 4);
const ROUNDS = 7;
/** Offered over what the runner can take, so that a frame is always there. */
const OFFERED = 1.25;
const NEWLINE = 10;
const model = buildObjects(SIZE);

function bareLoop(kind: 'runner' | 'session'): number {
  const program = fileURLToPath(new URL('./bare-loop.js', import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [program, kind, model.folder, String(SECONDS)]);
  const fps = Number(stdout);
  if (!(fps > 0)) throw new Error(`the bare loop failed: ${stderr}`);
  return fps;
}

async function wholeDaemon(offeredFps: number): Promise<number> {
  const socket = join(model.folder, '..', 'cam.sock');
  const daemon = await startDaemon({
    slots: { main: { package: model.folder, threads: 1, nice: 0 } },
    cameras: { cam: { source: `pipe:${socket}` } },
  });
  const client = await connectWhenThere(daemon.socketPath);
  let results = 0;
  // One line a result, hardly anything else: reading them properly would take the daemon's processor.
  client.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === NEWLINE) results++;
  });
  const producer = await PipeProducer.connect(socket, SIZE, SIZE);
  const pixels = noise(SIZE * SIZE * 3, 1);
  let offering = true;
  const offers = (async () => {
    const startNs = process.hrtime.bigint();
    for (let sent = 0; offering; sent++) {
      await producer.send(pixels);
      const dueMs = (sent * 1000) / offeredFps;
      const lateMs = Number(process.hrtime.bigint() - startNs) / 1e6 - dueMs;
      if (lateMs < 0) await sleep(-lateMs);
    }
  })();
  while (results < 100) await sleep(20);
  const before = results;
  const startNs = process.hrtime.bigint();
  await sleep(SECONDS * 1000);
  const fps = (results - before) / (Number(process.hrtime.bigint() - startNs) / 1e9);
  offering = false;
  await offers;
  producer.close();
  client.destroy();
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
  await sleep(SECONDS * 1000);
  await daemon.stop();
  const text = readFileSync(`${report}.${daemon.child.pid}`, 'utf8');
  await daemon.dispose();
  return text;
}

console.log(machineLine());
const ratios: { readonly runner: number; readonly session: number }[] = [];
for (let round = 1; round <= ROUNDS; round++) {
  const runner = bareLoop('runner');
  const daemon = await wholeDaemon(runner * OFFERED);
  const session = bareLoop('session');
  ratios.push({ runner: daemon / runner, session: daemon / session });
  const shown = [daemon, runner, session].map((fps) => fps.toFixed(1));
  console.log(`round ${round}: whole daemon ${shown[0]} fps, bare runner ${shown[1]}, onnxruntime alone ${shown[2]}`);
}
const [runner, session] = (['runner', 'session'] as const).map((kind) => median(ratios.map((ratio) => ratio[kind])));
console.log(
  `XXS ${SIZE} px float32, one thread, medians: whole daemon / bare runner ${runner?.toFixed(3)}, ` +
    `whole daemon / onnxruntime alone ${session?.toFixed(3)}`,
);
console.log(`event-loop lag of the daemon, two 1280x720 cameras at 25 fps: ${await eventLoopLag()}`);
model.dispose();
