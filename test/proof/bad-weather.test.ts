import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { FRAME_FATES, type FrameFate } from '../../src/frame.js';
import { decodePicture } from '../../src/prepare/decode-picture.js';
import { createReusableBuffer } from '../../src/prepare/reusable-buffer.js';
import { eventually } from '../fakes/eventually.js';
import { type DaemonProcess, type LocalMessage, MODELS, startDaemon } from '../harness/daemon.js';
import { descendantsOf, isAlive } from '../harness/processes.js';
import { cleanUp, onCleanUp, startBroker, startObserver, startProxy } from '../publish/links.js';
import { flapNetwork, flapProducer } from './bad-weather.js';

const WARM_UP_MS = 20_000;
const RUN_MS = 70_000;
/** Shorter: each failure lets the daemon wait up to twice as long, in the end five minutes. */
const BROKEN_NETWORK_MS = 35_000;
const LONGEST_RECONNECT_MS = 330_000;
/** Of daemon and runner together, after the warm-up. */
const MOST_GROWTH_MB = 20;

const residentMB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Pictures of two classes, so that events come. */
const pictures = ['0000-straight', '0003-hard_left'].map((name) => {
  const data = readFileSync(join(MODELS, `rover/golden/${name}.ppm`));
  const { data: pixels, width, height } = decodePicture({ kind: 'ppm' }, data, createReusableBuffer());
  return { pixels: Buffer.from(pixels), width, height };
});

async function readEverything(daemon: DaemonProcess): Promise<LocalMessage[]> {
  const messages: LocalMessage[] = [];
  for await (const message of daemon.messages()) messages.push(message);
  return messages;
}

const pathsOf = (messages: readonly LocalMessage[], path: string) => messages.filter(({ topic }) => topic === path);

afterEach(cleanUp);

it('accounts for every frame, keeps its memory and leaves nothing behind, whatever comes and goes', async () => {
  const broker = await startBroker();
  const observer = await startObserver(broker.port);
  const proxy = await startProxy(broker.port);
  const daemon = await startDaemon({
    mqtt: { url: `mqtt://127.0.0.1:${proxy.port}`, keepaliveS: 5, connectTimeoutMs: 1000 },
    slots: { main: { package: join(MODELS, 'rover/package') } },
    cameras: { front: { source: 'pipe:front.sock', publish: { results: 'every', heartbeatS: null } } },
  });
  onCleanUp(() => daemon.dispose());
  const local = readEverything(daemon);
  const runner = (): number | undefined =>
    descendantsOf(daemon.child.pid).find(({ command }) => command.includes('runner-process'))?.pid;
  await eventually(() => runner() !== undefined);

  const over = AbortSignal.timeout(RUN_MS);
  const producing = flapProducer(join(daemon.folder, 'front.sock'), pictures, over);
  const breaking = flapNetwork(proxy, AbortSignal.timeout(BROKEN_NETWORK_MS));
  const memoryMB = (): number => residentMB(daemon.child.pid!) + residentMB(runner()!);

  const first = runner()!;
  await observer.until('result/front');
  process.kill(first, 'SIGKILL');
  await eventually(() => runner() !== undefined && runner() !== first);
  const warm = AbortSignal.timeout(WARM_UP_MS);
  await eventually(() => warm.aborted, undefined, WARM_UP_MS * 2);
  const warmMB = memoryMB();
  const delivered = await producing;
  await breaking;
  const growthMB = memoryMB() - warmMB;

  const isOnline = () => observer.of('connection').at(-1)?.message.connectionState === 'ONLINE';
  await eventually(isOnline, () => 'not online again', LONGEST_RECONNECT_MS);
  const family = descendantsOf(daemon.child.pid);
  expect(await daemon.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  await eventually(() => !family.some(({ pid }) => isAlive(pid)));

  const [said, last] = [await local, observer.of('state').at(-1)?.message];
  const frames = last.cameras[0].frames as Record<FrameFate, number>;
  const sum = FRAME_FATES.reduce((total, fate) => total + frames[fate], 0);
  expect(delivered.connections).toBeGreaterThan(20);
  expect({ sum, corrupt: frames.corrupt }).toEqual({ sum: delivered.frames, corrupt: delivered.broken });
  expect(frames.done).toBeGreaterThan(delivered.frames / 2);

  const seqs = pathsOf(said, 'result/front').map(({ frameSeq }) => Number(frameSeq));
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  expect(seqs.length + last.publishing.socket.skippedResults).toBe(frames.done);
  const remote = observer.of('result/front').map(({ message }) => Number(message.frameSeq));
  expect(remote).toEqual(seqs.filter((seq) => remote.includes(seq)));
  const heard = new Set(observer.of('event/front').map(({ message }) => message.id));
  const events = pathsOf(said, 'event/front');
  expect(events.length).toBeGreaterThan(10);
  expect(events.filter(({ id }) => !heard.has(id))).toEqual([]);
  expect(growthMB).toBeLessThan(MOST_GROWTH_MB);
});
