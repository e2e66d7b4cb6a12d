import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { brokerFailure } from '../../src/publish/broker-failure.js';
import { dial, parseBrokerUrl } from '../../src/publish/dial.js';
import { cleanUp, onCleanUp } from './links.js';

afterEach(cleanUp);

/** Asks the kernel, through a child that inherits the socket: Node can set the option but not read it. */
async function hasNoDelay(socket: Socket): Promise<boolean> {
  const ask = 'import socket; print(socket.socket(fileno=3).getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))';
  const child = spawn('python3', ['-c', ask], { stdio: ['ignore', 'pipe', 'inherit', socket] });
  const [said] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return said.toString().trim() !== '0';
}

async function listen(): Promise<number> {
  const server = createServer((socket) => onCleanUp(() => socket.destroy())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanUp(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('dial', () => {
  it('switches the delay of small messages off, which a plain connection has', async () => {
    const port = await listen();
    const dialled = await dial({ host: '127.0.0.1', port, secure: false }, null, new AbortController().signal);
    const plain = connect(port, '127.0.0.1');
    await once(plain, 'connect');
    onCleanUp(() => {
      dialled.destroy();
      plain.destroy();
    });
    expect(await hasNoDelay(plain)).toBe(false);
    expect(await hasNoDelay(dialled)).toBe(true);
  });

  it.each([
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])('says that a port without TLS is one when it %s on the first bytes', async (_, cut) => {
    const server = createServer((socket) => socket.once('data', () => cut(socket))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onCleanUp(() => server.close());
    const { port } = server.address() as AddressInfo;
    const dialling = dial({ host: '127.0.0.1', port, secure: true }, null, new AbortController().signal);
    const thrown = await dialling.catch((error: unknown) => error);
    expect(brokerFailure('here', thrown).error.message).toMatch(/it cut the TLS handshake; does this port speak TLS/);
  });

  it('ends at once when given up', async () => {
    const port = await listen();
    const giveUp = new AbortController();
    const dialling = dial({ host: '127.0.0.1', port, secure: true }, null, giveUp.signal);
    giveUp.abort(new Error('enough'));
    await expect(dialling).rejects.toThrow('enough');
  });
});

describe('parseBrokerUrl', () => {
  it.each([
    ['mqtt://broker.example', { host: 'broker.example', port: 1883, secure: false }],
    ['mqtts://broker.example/', { host: 'broker.example', port: 8883, secure: true }],
    ['mqtt://10.0.0.1:1884', { host: '10.0.0.1', port: 1884, secure: false }],
    ['mqtts://[fe80::1]:8884', { host: 'fe80::1', port: 8884, secure: true }],
  ])('reads %s', (url, address) => {
    expect(parseBrokerUrl(url)).toEqual(address);
  });

  it.each(['broker', 'http://broker', 'mqtt://', 'mqtt://me:secret@broker', 'mqtt://broker:x'])('refuses %s', (url) => {
    expect(() => parseBrokerUrl(url)).toThrow(expect.objectContaining({ code: 'broker-url' }));
    expect(() => parseBrokerUrl(url)).not.toThrow(/secret/);
  });
});
