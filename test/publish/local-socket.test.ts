import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { silentLogger } from '../../src/log.js';
import { buildEvent, buildResult } from '../../src/publish/build.js';
import { buildStatus } from '../../src/publish/build-health.js';
import { encode } from '../../src/publish/encode.js';
import { LocalSocket } from '../../src/publish/local-socket.js';
import { MESSAGES } from '../../src/publish/messages.js';
import { eventually } from '../fakes/eventually.js';
import { keepingLogger } from '../fakes/log.js';
import { cleanUp, onCleanUp } from './links.js';
import { contextNow, sampleChange, sampleResult } from './sample.js';
import { readSocket, type SocketReader } from './socket-reader.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgenextd-socket-'));
  path = join(folder, 'run', 'results.sock');
});
afterEach(async () => {
  await cleanUp();
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  limits = { maxWaitingBytes: 10_000, stalledMs: 60_000 },
  log = silentLogger,
): Promise<LocalSocket> {
  const local = new LocalSocket({ path, mode: '0640' }, log, systemClock, limits);
  await local.start();
  onCleanUp(() => local.close());
  return local;
}

async function reader(local: LocalSocket): Promise<SocketReader> {
  const before = local.counts().clients;
  const client = await readSocket(path);
  onCleanUp(() => client.socket.destroy());
  await eventually(() => local.counts().clients === before + 1);
  return client;
}

const result = (frameSeq: number, camera = 'front') =>
  encode('result', buildResult(contextNow(), sampleResult({ frameSeq, camera })));
const event = (id: string) => encode('event', buildEvent(contextNow(), sampleResult(), sampleChange, id));
const status = (reason: string) =>
  encode(
    'status',
    buildStatus(contextNow(), { camera: 'front', online: false, fps: null, reason, held: null, regions: [] }),
  );

/** Results until the client's side of the kernel is full, and then some. */
function flood(local: LocalSocket): number {
  let seq = 0;
  while (local.counts().skippedResults < 10) local.write(result(++seq));
  return seq;
}

describe('the local socket', () => {
  it('gives every message to every client, one JSON object a line', async () => {
    const local = await start();
    const clients = [await reader(local), await reader(local)];
    for (let seq = 0; seq < 50; seq++) local.write(result(seq));
    for (const { lines, until } of clients) {
      await until(({ frameSeq }) => frameSeq === 49);
      expect(lines.map(({ frameSeq }) => frameSeq)).toEqual(Array.from({ length: 50 }, (_, seq) => seq));
      expect(lines.map(({ headerId }) => headerId)).toEqual(Array.from({ length: 50 }, (_, seq) => seq));
      const { topic, ...message } = lines[0];
      expect(topic).toBe('result/front');
      expect(MESSAGES.result.parse(message)).toEqual(message);
    }
  });

  it('makes its folder, and gives the file the mode that was asked for', async () => {
    await start();
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('tells a client that comes late what holds now, and nothing that is over', async () => {
    const local = await start();
    local.write(status('old'));
    local.write(result(1));
    local.write(status('now'));
    const client = await reader(local);
    local.write(result(2));
    await client.until(({ frameSeq }) => frameSeq === 2);
    expect(client.lines.map(({ topic, reason }) => [topic, reason])).toEqual([
      ['status/front', 'now'],
      ['result/front', undefined],
    ]);
  });

  it('skips results for a client that is slow, and only for that one', async () => {
    const local = await start();
    const slow = await reader(local);
    slow.socket.pause();
    const last = flood(local);
    local.write(event('kept'));
    local.write(result(1_000_000, 'rear'));
    const { skippedResults } = local.counts();
    slow.socket.resume();
    await slow.until(({ topic }) => topic === 'result/rear');
    await slow.until(({ frameSeq }) => frameSeq === last);
    await slow.until(({ id }) => id === 'kept');
    const seen = slow.lines.filter(({ topic }) => topic === 'result/front').map(({ frameSeq }) => frameSeq);
    expect(seen.length + skippedResults).toBe(last);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));

    const quick = await reader(local);
    local.write(result(7));
    await quick.until(({ frameSeq }) => frameSeq === 7);
  });

  it('turns away the 65th client, and says so once however often it comes back', async () => {
    const { log, kept } = keepingLogger('warn');
    const local = await start(undefined, log);
    for (let n = 0; n < 64; n++) await reader(local);
    for (let n = 1; n <= 20; n++) {
      const late = await readSocket(path);
      await once(late.socket, 'close');
      expect(local.counts()).toMatchObject({ clients: 64, droppedClients: n });
    }
    expect(kept).toEqual(['local socket: too many clients, the newest was turned away']);
  });

  it.each([
    ['takes nothing for too long', { maxWaitingBytes: 1_000_000, stalledMs: 20 }, 0],
    ['lets too many events wait', { maxWaitingBytes: 5000, stalledMs: 60_000 }, 20],
  ])('drops a client that %s', async (_, limits, events) => {
    const local = await start(limits);
    const slow = await reader(local);
    slow.socket.pause();
    flood(local);
    for (let id = 0; id < events; id++) local.write(event(String(id)));
    await eventually(() => local.counts().droppedClients === 1);
    expect(local.counts().clients).toBe(0);
    local.write(result(1));
  });

  it('forgets a client that leaves, and minds nothing that one sends', async () => {
    const local = await start();
    const client = await reader(local);
    client.socket.write(`${'x'.repeat(100_000)}\n{"not": `);
    client.socket.destroy();
    await eventually(() => local.counts().clients === 0);
    expect(local.counts().droppedClients).toBe(0);
  });

  it('takes the place of a daemon that died', async () => {
    const dead = spawn(process.execPath, [
      '-e',
      `require('fs').mkdirSync(${JSON.stringify(join(folder, 'run'))});
       require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    await once(dead, 'exit');
    expect(existsSync(path)).toBe(true);
    const local = await start();
    const client = await reader(local);
    local.write(result(3));
    await client.until(({ frameSeq }) => frameSeq === 3);
  });

  it('does not take the place of one that lives', async () => {
    const first = await start();
    const second = new LocalSocket({ path, mode: '0660' }, silentLogger, systemClock);
    await expect(second.start()).rejects.toMatchObject({ code: 'socket-in-use', family: 'configuration' });
    await second.close();
    const client = await reader(first);
    first.write(result(1));
    await client.until(({ frameSeq }) => frameSeq === 1);
  });

  it('leaves alone what is no socket, and says what it can not use', async () => {
    writeFileSync(join(folder, 'notes'), 'precious');
    const at = (place: string) => new LocalSocket({ path: place, mode: '0660' }, silentLogger, systemClock).start();
    await expect(at(join(folder, 'notes'))).rejects.toMatchObject({ code: 'socket-unavailable' });
    expect(readFileSync(join(folder, 'notes'), 'utf8')).toBe('precious');
    await expect(at(join(folder, 'notes', 'results.sock'))).rejects.toMatchObject({
      code: 'socket-unavailable',
      family: 'device',
    });
    await expect(at(join(folder, 'x'.repeat(120)))).rejects.toThrow('107 bytes');
  });

  it('ends with its clients told everything that was written, and without its file', async () => {
    const local = await start();
    const client = await reader(local);
    local.write(result(9));
    await local.close();
    await client.until(({ frameSeq }) => frameSeq === 9);
    expect(existsSync(path)).toBe(false);
  });

  it('ends although a client does not read', async () => {
    const local = await start();
    const slow = await reader(local);
    slow.socket.pause();
    flood(local);
    await local.close();
    expect(existsSync(path)).toBe(false);
  });
});
