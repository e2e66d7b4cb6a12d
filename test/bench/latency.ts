/**
 * What the daemon adds to the network's own time: from a complete frame to the local client's read and to an MQTT
 * subscriber's receive through mosquitto, less the runner's prepare and network time. XXS, 256 px.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { startMosquitto } from '../fakes/mosquitto.js';
import { startDaemon } from '../harness/daemon.js';
import { machineLine } from './machine.js';
import { buildObjects, noise } from './network.js';
import { PipeProducer } from './pipe-producer.js';
import { percentile } from './statistics.js';

const SIZE = 256;
const WARM_UP = 40;
const FRAMES = Number(process.argv[2] ?? 600);
/** Between frames at 20 a second the processors fall asleep, and each of the four processes on the way wakes one. */
const RATES_FPS = [20, 60];

interface Seen {
  readonly atNs: bigint;
  readonly runnerMs: number;
  readonly durations: Readonly<Record<string, number>>;
}

const model = buildObjects(SIZE);
const socket = join(model.folder, '..', 'cam.sock');
const broker = await startMosquitto();
const daemon = await startDaemon({
  device: { manufacturer: 'bench', serial: 'bench' },
  mqtt: { url: `mqtt://127.0.0.1:${broker.port}` },
  slots: { main: { package: model.folder } },
  cameras: {
    cam: { source: `pipe:${socket}`, publish: { results: 'every', heartbeatS: null } },
  },
});
const local = new Map<number, Seen>();
const remote = new Map<number, Seen>();
const events = new Map<number, bigint>();

const note = (into: Map<number, Seen>, message: Readonly<Record<string, unknown>>): void => {
  const durations = message.durations as Record<'prepareMs' | 'networkMs', number>;
  into.set(Number(message.frameSeq), {
    atNs: process.hrtime.bigint(),
    runnerMs: durations.prepareMs + durations.networkMs,
    durations,
  });
};
const subscriber = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
subscriber.on('message', (topic, payload) => {
  const atNs = process.hrtime.bigint();
  const message = JSON.parse(payload.toString()) as Record<string, unknown>;
  if (topic.endsWith('event/cam')) events.set(Number(message.frameSeq), atNs);
  else note(remote, message);
});
await subscriber.subscribeAsync(['result', 'event'].map((kind) => `edgenext/v1/bench/bench/${kind}/cam`));
const reading = (async () => {
  for await (const message of daemon.messages()) if (message.topic === 'result/cam') note(local, message);
})();

const producer = await PipeProducer.connect(socket, SIZE, SIZE);
const pictures = [noise(SIZE * SIZE * 3, 1), new Uint8Array(SIZE * SIZE * 3).fill(200)] as const;

/** When each frame was complete, by its number. */
async function offer(fps: number): Promise<ReadonlyMap<number, bigint>> {
  const complete = new Map<number, bigint>();
  for (let i = 0; i < WARM_UP + FRAMES; i++) {
    const { seq, completeNs } = await producer.send(Math.floor(i / 10) % 2 === 0 ? pictures[0] : pictures[1]);
    if (i >= WARM_UP) complete.set(seq, completeNs);
    await sleep(1000 / fps);
  }
  await sleep(500);
  return complete;
}

/** From the completion of a frame to `atNs`, less the runner's own time. */
function addedMs(complete: ReadonlyMap<number, bigint>, arrivals: Iterable<readonly [number, bigint]>): number[] {
  return [...arrivals].flatMap(([seq, atNs]) => {
    const completeNs = complete.get(seq);
    const runnerMs = local.get(seq)?.runnerMs;
    return completeNs === undefined || runnerMs === undefined ? [] : [Number(atNs - completeNs) / 1e6 - runnerMs];
  });
}

const timesOf = (seen: ReadonlyMap<number, Seen>) => [...seen].map(([seq, { atNs }]) => [seq, atNs] as const);

console.log(machineLine());
for (const fps of RATES_FPS) {
  const complete = await offer(fps);
  console.log(`${FRAMES} frames at ${fps} fps, XXS ${SIZE} px float32, added milliseconds over the runner's own time:`);
  for (const [name, arrivals] of [
    ['local socket', timesOf(local)],
    ['MQTT result through mosquitto', timesOf(remote)],
    ['MQTT event through mosquitto', [...events]],
  ] as const) {
    const values = addedMs(complete, arrivals);
    const [p50, p99] = [percentile(values, 50), percentile(values, 99)];
    console.log(`  ${name.padEnd(30)} p50 ${p50.toFixed(2)}  p99 ${p99.toFixed(2)}  (${values.length} seen)`);
  }
  const stages = ['waitMs', 'transferMs', 'prepareMs', 'networkMs', 'decodeMs'].map((stage) => {
    const values = [...complete.keys()].map((seq) => local.get(seq)?.durations[stage] ?? Number.NaN);
    return `${stage} ${percentile(values, 50).toFixed(2)}/${percentile(values, 99).toFixed(2)}`;
  });
  console.log(`  by stage, p50/p99 (wait counts from the producer's stamp, before it writes): ${stages.join(', ')}`);
}
producer.close();
await subscriber.endAsync();
await daemon.stop();
await reading;
await daemon.dispose();
await broker.stop();
model.dispose();
