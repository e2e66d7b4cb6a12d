/**
 * Resident memory of daemon and runner over 10,000 frames (XXS, 256 px, float32), and the processor time of a daemon
 * without a camera.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDaemon } from '../harness/daemon.js';
import { machineLine } from './machine.js';
import { buildObjects, noise } from './network.js';
import { PipeProducer } from './pipe-producer.js';

const SIZE = 256;
const FRAMES = Number(process.argv[2] ?? 10_000);
const IDLE_SECONDS = 20;
const TICKS_PER_SECOND = 100;

const residentMB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const model = buildObjects(SIZE);
console.log(machineLine());

const socket = join(model.folder, '..', 'cam.sock');
const daemon = await startDaemon({
  slots: { main: { package: model.folder, threads: 1 } },
  cameras: { cam: { source: `pipe:${socket}` } },
});
const messages = daemon.messages()[Symbol.asyncIterator]();
await messages.next();
const producer = await PipeProducer.connect(socket, SIZE, SIZE);
const pixels = noise(SIZE * SIZE * 3, 1);
const pids = (): number[] => [daemon.child.pid ?? 0, ...childrenOf(daemon.child.pid ?? 0)];
const report: string[] = [];
let done = 0;
await producer.send(pixels);
while (done < FRAMES) {
  const { value } = await messages.next();
  if (value?.topic !== 'result/cam') continue;
  done++;
  if (done === 2000 || done === FRAMES) {
    const each = pids().map(residentMB);
    const total = each.reduce((a, b) => a + b, 0);
    report.push(`after ${done} frames ${total.toFixed(1)} MB (${each.map((mb) => mb.toFixed(1)).join(' + ')})`);
  }
  await producer.send(pixels);
}
console.log(`resident memory, daemon + runner, XXS ${SIZE} px float32: ${report.join('; ')}`);
producer.close();
await daemon.stop();
await daemon.dispose();

const idle = await startDaemon({ slots: { main: { package: model.folder } } });
await idle.messages()[Symbol.asyncIterator]().next();
await sleep(3000);
const all = [idle.child.pid ?? 0, ...childrenOf(idle.child.pid ?? 0)];
const before = all.map(processorSeconds);
await sleep(IDLE_SECONDS * 1000);
const used = all.map(processorSeconds).reduce((sum, seconds, i) => sum + seconds - (before[i] ?? 0), 0);
console.log(`idle without a camera: ${((100 * used) / IDLE_SECONDS).toFixed(2)} % of a core over ${IDLE_SECONDS} s`);
await idle.stop();
await idle.dispose();
model.dispose();
