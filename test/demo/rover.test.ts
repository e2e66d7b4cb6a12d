import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Broker, openBroker } from '../../deploy/demo/broker.js';
import { scoresOf } from '../../deploy/demo/driver.js';
import { subscribe } from '../../deploy/demo/subscriber.js';
import type { WorldReport } from '../../deploy/demo/world.js';
import { PIPE_HEADER_BYTES, readPipeHeader } from '../../src/capture/pipe-header.js';

const ROVER = fileURLToPath(new URL('../../dist/deploy/demo/rover.js', import.meta.url));
const END_WITH_PARENT = new URL('../../dist/deploy/demo/end-with-parent.js', import.meta.url).href;
const RESULTS = 'results';

/** Stands in for the daemon: takes the frames, and answers each as told. */
function createStandIn(path: string, answer: (captureNs: bigint) => void) {
  const sequences: number[] = [];
  const server = createServer((socket) => {
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const header = pending.length >= PIPE_HEADER_BYTES ? readPipeHeader(pending, 0) : null;
        if (header === null || pending.length < PIPE_HEADER_BYTES + header.payloadBytes) return;
        pending = pending.subarray(PIPE_HEADER_BYTES + header.payloadBytes);
        sequences.push(header.seq);
        answer(header.captureNs);
      }
    });
    socket.on('error', () => socket.destroy());
  });
  return { server: server.listen(path), sequences };
}

describe('the rover process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rover-'));
  const pipe = join(folder, 'camera.sock');
  let broker: Broker;
  let client: MqttClient;
  let rover: ChildProcess;
  let answering = true;
  let world: WorldReport | null = null;
  let standIn: ReturnType<typeof createStandIn>;

  beforeAll(async () => {
    broker = await openBroker(0);
    client = subscribe(broker.url, ['rover/state'], (_, message) => {
      world = message as WorldReport;
    });
    standIn = createStandIn(pipe, (captureNs) => {
      const message = { captureMonotonicNs: String(captureNs), validForMs: 200, results: scoresOf(0) };
      if (answering) client.publish(RESULTS, JSON.stringify(message));
    });
  });

  afterEach(() => rover.kill('SIGKILL'));

  afterAll(async () => {
    client.end(true);
    standIn.server.close();
    await broker.close();
    rmSync(folder, { recursive: true });
  });

  function start(): void {
    rover = fork(ROVER, ['--pipe', pipe, '--broker', broker.url, '--results', RESULTS], {
      execArgv: ['--import', END_WITH_PARENT],
      env: { ...process.env, EDGENEXTD_DEMO_PID: String(process.pid) },
    });
  }

  it('drives by what it is told, and stops when it is told nothing', async () => {
    start();
    await vi.waitFor(() => expect(world?.speedMps).toBeGreaterThan(0.2), { timeout: 10_000 });
    answering = false;
    await vi.waitFor(() => expect(world).toMatchObject({ speedMps: 0, stops: 1 }), { timeout: 10_000 });
    answering = true;
    await vi.waitFor(() => expect(world?.speedMps).toBeGreaterThan(0.2), { timeout: 10_000 });
    expect(standIn.sequences).toEqual([...standIn.sequences].sort((a, b) => a - b));
    rover.kill('SIGTERM');
    expect(await once(rover, 'exit')).toEqual([0, null]);
  });

  it('ends when the process that started it is gone', async () => {
    start();
    const before = standIn.sequences.length;
    await vi.waitFor(() => expect(standIn.sequences.length).toBeGreaterThan(before), { timeout: 10_000 });
    rover.disconnect();
    expect(await once(rover, 'exit')).toEqual([0, null]);
  });
});
