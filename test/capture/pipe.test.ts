import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createWriteStream, existsSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { folder, pipeFrame, run, until } from './support.js';

const producerScript = fileURLToPath(new URL('../../docs/examples/pipe_producer.py', import.meta.url));

const children: ChildProcess[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const socket of sockets.splice(0)) socket.destroy();
});

const gray = (seq: number, captureNs = 0n): Buffer => pipeFrame('GREY', seq, 4, 2, Buffer.alloc(8, seq), captureNs);

function makeFifo(): string {
  const path = join(folder(), 'frames');
  execFileSync('python3', ['-c', 'import os,sys; os.mkfifo(sys.argv[1])', path]);
  return path;
}

async function producerAt(path: string): Promise<Socket> {
  await until(() => existsSync(path), 'the daemon listens');
  const socket = connect(path);
  sockets.push(socket);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}

describe('pipe: on a Unix socket', () => {
  it('listens with mode 0660, takes frames, and removes the socket at the end', async () => {
    const path = join(folder(), 'frames.sock');
    const running = run(`pipe:${path}`);
    const producer = await producerAt(path);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    producer.write(Buffer.concat([gray(5), gray(6)]));
    expect((await running.frame(2)).seq).toBe(6);
    running.abort();
    expect(await running.ended).toBeNull();
    expect(existsSync(path)).toBe(false);
  });

  it('sees producers come and go; half a frame is counted, not delivered', async () => {
    const path = join(folder(), 'frames.sock');
    const running = run(`pipe:${path}`);
    const first = await producerAt(path);
    first.end(Buffer.concat([gray(1), gray(2).subarray(0, 28)]));
    await until(() => running.corrupt.length === 1, 'the torn frame is counted');
    const second = await producerAt(path);
    second.write(gray(0));
    await running.frame(2);
    expect(running.frames.map(({ seq }) => seq)).toEqual([1, 0]);
  });

  it('lets the newer producer win', async () => {
    const path = join(folder(), 'frames.sock');
    const running = run(`pipe:${path}`);
    const older = await producerAt(path);
    older.write(gray(1));
    await running.frame(1);
    const gone = new Promise((resolve) => older.once('close', resolve));
    older.on('error', () => undefined);
    const newer = await producerAt(path);
    await gone;
    newer.write(gray(50));
    expect((await running.frame(2)).seq).toBe(50);
  });

  it('disconnects a producer that writes no frames, and takes the next', async () => {
    const path = join(folder(), 'frames.sock');
    const running = run(`pipe:${path}`);
    const bad = await producerAt(path);
    const gone = new Promise((resolve) => bad.once('close', resolve));
    bad.on('error', () => undefined);
    for (let n = 0; n < 20; n++) bad.write(Buffer.alloc(65_536, 0x55));
    await gone;
    (await producerAt(path)).write(gray(3));
    expect((await running.frame(1)).seq).toBe(3);
    expect(running.corrupt.length).toBeGreaterThan(0);
  });

  it('takes over a stale socket', async () => {
    const path = join(folder(), 'frames.sock');
    execFileSync('python3', ['-c', 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])', path]);
    expect(statSync(path).isSocket()).toBe(true);
    const running = run(`pipe:${path}`);
    await until(() => (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) % 0o1000 === 0o660, 'the socket is ours');
    (await producerAt(path)).write(gray(1));
    await running.frame(1);
  });

  it('refuses to remove what is no socket, and leaves it as it was', async () => {
    const path = join(folder(), 'precious');
    writeFileSync(path, 'data');
    expect((await run(`pipe:${path}`).ended)?.code).toBe('source-not-a-pipe');
    expect(statSync(path).size).toBe(4);
  });

  it('refuses a socket that another process serves', async () => {
    const path = join(folder(), 'frames.sock');
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect((await run(`pipe:${path}`).ended)?.code).toBe('source-in-use');
    server.close();
  });

  it('says so when the folder is not there', async () => {
    expect((await run(`pipe:${folder()}/none/frames.sock`).ended)?.code).toBe('source-listen');
  });
});

describe('pipe: on a FIFO', () => {
  it('starts and ends without any writer', async () => {
    const running = run(`pipe:${makeFifo()}`);
    await new Promise((resolve) => setImmediate(resolve));
    running.abort();
    expect(await running.ended).toBeNull();
  });

  it('reads one producer after the other', async () => {
    const path = makeFifo();
    const running = run(`pipe:${path}`);
    for (const seq of [1, 2, 3]) {
      await new Promise((resolve) => createWriteStream(path).end(gray(seq), () => resolve(null)));
      await running.frame(seq);
      await until(() => running.notes.length >= seq, 'its leaving is seen');
    }
    expect(running.frames.map((frame) => frame.seq)).toEqual([1, 2, 3]);
    expect(running.corrupt).toEqual([]);
  });

  it('fails on something else altogether, so that the camera says why', async () => {
    const path = makeFifo();
    const running = run(`pipe:${path}`);
    const writer = createWriteStream(path);
    writer.on('error', () => undefined);
    writer.write(Buffer.alloc(2 * 1024 * 1024, 0x55));
    expect((await running.ended)?.code).toBe('source-garbage');
    writer.destroy();
  });
});

describe('capture times', () => {
  const now = (): bigint => process.hrtime.bigint();
  it.each([
    ['a moment ago', (): bigint => now() - 5_000_000n, 'producer'],
    ['unknown', (): bigint => 0n, 'arrival'],
    ['in the future', (): bigint => now() + 3_600_000_000_000n, 'arrival'],
    ['of another clock', (): bigint => BigInt(Date.now()) * 1_000_000n, 'arrival'],
    ['long ago', (): bigint => now() - 11_000_000_000n, 'arrival'],
  ] as const)('%s are %s', async (_name, stamp, source) => {
    const path = join(folder(), 'frames.sock');
    const running = run(`pipe:${path}`);
    const producer = await producerAt(path);
    const claimed = stamp();
    const before = now();
    producer.write(gray(1, claimed));
    const { captured } = await running.frame(1);
    expect(captured.source).toBe(source);
    if (source === 'producer') expect(captured.monotonicNs).toBe(claimed);
    else expect(captured.monotonicNs).toBeGreaterThanOrEqual(before);
    expect(captured.monotonicNs).toBeLessThanOrEqual(now());
  });
});

describe('the Python producer of the docs', () => {
  it.each([
    ['a socket', () => join(folder(), 'frames.sock')],
    ['a FIFO', makeFifo],
  ])('delivers frames through %s', async (_name, makePath) => {
    const path = makePath();
    const running = run(`pipe:${path}`);
    await until(() => existsSync(path), 'the path is there');
    const child = spawn('python3', [producerScript, path, '3'], { stdio: 'inherit' });
    children.push(child);
    const frame = await running.frame(3);
    expect(running.frames.map(({ seq }) => seq)).toEqual([0, 1, 2]);
    expect(frame.format).toEqual({ kind: 'rgb24', width: 320, height: 240, rowStride: 960 });
    expect(frame.captured.source).toBe('producer');
    expect(frame.data[3 * 8]).toBe(0xff);
    expect(frame.data[0]).toBe(0x40);
    expect(running.corrupt).toEqual([]);
  });
});
