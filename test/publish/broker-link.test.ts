import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../fakes/eventually.js';
import { startMosquitto } from '../fakes/mosquitto.js';
import { brokerContract, event } from './broker-contract.js';
import { cleanUp, startBroker, startLink } from './links.js';
import { brokerConfig } from './sample.js';

afterEach(cleanUp);

describe('with a real broker', () => {
  brokerContract(startBroker);

  it('is loud about a wrong password and does not hurry', async () => {
    const broker = await startBroker({ user: { name: 'rover', password: 'right' } });
    const { offlines } = startLink(brokerConfig(broker.port, { username: 'rover', password: 'wrong' }));
    await eventually(() => offlines.length === 1);
    expect(offlines[0]?.error).toMatchObject({ code: 'broker-auth' });
    expect(offlines[0]?.error.message).toContain('mqtt.password');
    expect(offlines[0]?.error.message).not.toContain('wrong');
    expect(offlines[0]?.retryInMs).toBeGreaterThanOrEqual(60_000);
    const { onlines } = startLink(brokerConfig(broker.port, { username: 'rover', password: 'right' }));
    await eventually(() => onlines.length === 1);
  });

  it('starts without any broker, and finds it when it comes', async () => {
    const first = await startMosquitto();
    await first.stop();
    const { link, onlines, offlines } = startLink(brokerConfig(first.port));
    expect(link.publish(event('early'))).toEqual({ outcome: 'queued' });
    await eventually(() => offlines.length > 1);
    expect(offlines[0]?.error).toMatchObject({ code: 'broker-unreachable', facts: { reason: 'ECONNREFUSED' } });
    await startBroker({ port: first.port });
    await eventually(() => onlines.length === 1);
    await eventually(() => link.counts().queued === 0);
  });

  it('does not wait for the name service', async () => {
    const { link, offlines } = startLink(brokerConfig(0, { url: 'mqtt://broker.invalid', connectTimeoutMs: 300 }));
    expect(link.publish(event('early'))).toEqual({ outcome: 'queued' });
    await eventually(() => offlines.length > 0);
    expect(['broker-unreachable', 'broker-timeout']).toContain(offlines[0]?.error.code);
  });
});
