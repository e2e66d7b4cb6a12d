import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../fakes/eventually.js';
import { cleanUp, onCleanUp, startLink, startObserver } from './links.js';
import { brokerConfig } from './sample.js';

afterEach(cleanUp);

/** A broker that only speaks 3.1.1. */
async function startAedes(): Promise<number> {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanUp(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('MQTT 3.1.1', () => {
  it('is used at once where the broker refuses 5', async () => {
    const port = await startAedes();
    const observer = await startObserver(port);
    const { onlines, offlines, link } = startLink(brokerConfig(port));
    await eventually(() => onlines.length === 1);
    expect(onlines).toEqual([4]);
    expect(offlines).toEqual([]);
    await observer.until('connection', ({ message }) => message.connectionState === 'ONLINE');
    await link.close();
    await observer.until('connection', ({ message }) => message.connectionState === 'OFFLINE');
  });

  it('is tried when the broker closes without a word on 5', async () => {
    const versions: number[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (connect) => {
        versions.push(connect[connect.indexOf('MQTT') + 4] as number);
        socket.end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onCleanUp(() => server.close());
    const { offlines } = startLink(brokerConfig((server.address() as AddressInfo).port));
    await eventually(() => versions.length >= 4);
    expect(versions.slice(0, 4)).toEqual([5, 4, 5, 4]);
    expect(offlines[0]?.error.code).toBe('broker-closed-early');
  });

  it('is not tried when only 5 is wanted', async () => {
    const port = await startAedes();
    const { offlines } = startLink(brokerConfig(port, { protocol: 5 }));
    await eventually(() => offlines.length === 1);
    expect(offlines[0]?.error).toMatchObject({ code: 'broker-version' });
    expect(offlines[0]?.error.message).toContain('mqtt.protocol');
  });
});
