import { expect, it } from 'vitest';
import { buildEvent, buildResult } from '../../src/publish/build.js';
import { buildState, buildStatus } from '../../src/publish/build-health.js';
import { type Encoded, encode } from '../../src/publish/encode.js';
import { eventually } from '../fakes/eventually.js';
import { startLink, startObserver, startProxy } from './links.js';
import { brokerConfig, contextNow, sampleChange, sampleResult } from './sample.js';

export const event = (id: string): Encoded =>
  encode('event', buildEvent(contextNow(), sampleResult(), sampleChange, id));
const result = (frameSeq: number, validForMs = 60_000): Encoded => {
  const made = sampleResult({ frameSeq, validForMs });
  return encode('result', buildResult(contextNow(), made), made.captured.monotonicNs + BigInt(validForMs) * 1_000_000n);
};
const status = (reason: string): Encoded =>
  encode(
    'status',
    buildStatus(contextNow(), { camera: 'front', online: false, fps: null, reason, held: null, regions: [] }),
  );
const state = (): Encoded =>
  encode(
    'state',
    buildState(
      contextNow(),
      {
        sessionId: 's',
        startedNs: 0n,
        mode: 'normal',
        configProblems: 0,
        cameras: [],
        slots: [],
        conditions: [],
        settings: [],
        inhibits: [],
      },
      { broker: null, socket: null },
    ),
  );

/** What the link to a broker does with every broker. Tests clean up with `cleanUp`. */
export function brokerContract(startBroker: () => Promise<{ readonly port: number }>): void {
  it('says ONLINE after the retained state, and OFFLINE before it goes', async () => {
    const broker = await startBroker();
    const observer = await startObserver(broker.port);
    const { link, onlines } = startLink(brokerConfig(broker.port));
    expect(link.publish(status('starting'))).toEqual({ outcome: 'queued' });
    const online = await observer.until('connection');
    expect(online.message).toMatchObject({ connectionState: 'ONLINE' });
    expect(observer.seen.map(({ path }) => path)).toEqual(['status/front', 'connection']);
    expect(onlines).toEqual([5]);
    await link.close();
    const offline = await observer.until('connection', ({ message }) => message.connectionState === 'OFFLINE');
    expect(offline.message.sessionId).toBe(online.message.sessionId);

    const late = await startObserver(broker.port);
    await late.until('connection', ({ retained, message }) => retained && message.connectionState === 'OFFLINE');
    expect(link.publish(event('late'))).toEqual({ outcome: 'dropped', reason: 'closed' });
  });

  it('leaves a will with its session, comes back, and says its retained state again', async () => {
    const broker = await startBroker();
    const proxy = await startProxy(broker.port);
    const observer = await startObserver(broker.port);
    const { link, offlines } = startLink(brokerConfig(proxy.port));
    link.publish(status('first'));
    const first = await observer.until('connection');
    proxy.cut();
    const will = await observer.until('connection', ({ message }) => message.connectionState === 'CONNECTION_BROKEN');
    expect(will.message.sessionId).toBe(first.message.sessionId);
    await eventually(() => offlines.length > 1);
    expect(link.publish(status('second'))).toEqual({ outcome: 'queued' });
    proxy.heal();
    const second = await observer.until(
      'connection',
      ({ message }) => message.connectionState === 'ONLINE' && message.sessionId !== first.message.sessionId,
    );
    expect(second.message.headerId).toBeGreaterThan(first.message.headerId);
    expect(observer.of('status/front').map(({ message }) => message.reason)).toEqual(['first', 'second']);
  });

  it('keeps events in order and only the newest result while the broker is away, and counts the rest', async () => {
    const broker = await startBroker();
    const proxy = await startProxy(broker.port);
    const observer = await startObserver(broker.port);
    proxy.cut();
    const { link } = startLink(brokerConfig(proxy.port, { queue: { maxMessages: 4, maxBytes: 1_000_000 } }));
    expect(link.publish(state())).toEqual({ outcome: 'dropped', reason: 'offline' });
    for (const id of ['a', 'b', 'c']) {
      expect(link.publish(event(id))).toEqual({ outcome: 'queued' });
      expect(link.publish(result(id.charCodeAt(0)))).toEqual({ outcome: 'queued' });
    }
    expect(link.counts()).toEqual({ online: false, queued: 4, dropped: { offline: 1, replaced: 2 } });
    link.publish(event('d'));
    link.publish(event('e'));
    expect(link.counts().dropped).toEqual({ offline: 1, replaced: 2, 'queue-full': 2 });
    proxy.heal();
    await observer.until('event/front', ({ message }) => message.id === 'e');
    expect(observer.of('event/front').map(({ message }) => message.id)).toEqual(['b', 'c', 'd', 'e']);
  });

  it('does not bring a result that is no longer valid', async () => {
    const broker = await startBroker();
    const proxy = await startProxy(broker.port);
    const observer = await startObserver(broker.port);
    proxy.cut();
    const { link } = startLink(brokerConfig(proxy.port));
    link.publish(result(1, 0));
    proxy.heal();
    await observer.until('connection');
    link.publish(event('after'));
    await observer.until('event/front');
    expect(observer.of('result/front')).toEqual([]);
    expect(link.counts().dropped).toEqual({ expired: 1 });
  });

  it('sends again what was not acknowledged when the connection broke', async () => {
    const broker = await startBroker();
    const proxy = await startProxy(broker.port);
    const observer = await startObserver(broker.port);
    const { link } = startLink(brokerConfig(proxy.port, { keepaliveS: 30 }));
    await observer.until('connection');
    proxy.halfOpen();
    expect(link.publish(event('swallowed'))).toEqual({ outcome: 'sent' });
    await eventually(() => link.counts().online);
    proxy.cut();
    await eventually(() => !link.counts().online);
    proxy.heal();
    await observer.until('event/front', ({ message }) => message.id === 'swallowed');
  });

  it('notices a connection that is only open on paper, and keeps no more than its bounds meanwhile', async () => {
    const broker = await startBroker();
    const proxy = await startProxy(broker.port);
    const observer = await startObserver(broker.port);
    const { link, offlines } = startLink(brokerConfig(proxy.port, { keepaliveS: 1 }));
    await observer.until('connection');
    proxy.halfOpen();
    for (let id = 0; id < 130; id++) link.publish(event(String(id)));
    expect(link.counts().queued).toBe(100);
    expect(link.counts().dropped).toEqual({ 'queue-full': 10 });
    await eventually(() => offlines.length > 0);
    expect(offlines[0]?.error.family).toBe('broker');
  });

  it('waits for a broker that answers late, and gives up on one that never does', async () => {
    const broker = await startBroker();
    const proxy = await startProxy(broker.port);
    proxy.delay(200);
    const { onlines, offlines } = startLink(brokerConfig(proxy.port, { connectTimeoutMs: 5000 }));
    await eventually(() => onlines.length === 1);
    expect(offlines).toEqual([]);
    const deaf = await startProxy(broker.port);
    deaf.halfOpen();
    const { offlines: failures } = startLink(brokerConfig(deaf.port, { connectTimeoutMs: 200 }));
    await eventually(() => failures.length > 1);
    expect(failures[0]?.error).toMatchObject({ code: 'broker-timeout' });
    expect(deaf.accepted()).toBeGreaterThan(1);
  });

  it('closes within its bound although the broker does not answer', async () => {
    const broker = await startBroker();
    const proxy = await startProxy(broker.port);
    const { link, onlines } = startLink(brokerConfig(proxy.port), { closeMs: 50 });
    await eventually(() => onlines.length === 1);
    proxy.halfOpen();
    await link.close();
    expect(link.counts().online).toBe(false);
  });

  it('is ONLINE in the end although the broker only then notices that the old connection died', async () => {
    const broker = await startBroker();
    const proxy = await startProxy(broker.port);
    const observer = await startObserver(broker.port);
    const { onlines } = startLink(brokerConfig(proxy.port, { keepaliveS: 1, connectTimeoutMs: 200 }));
    const first = await observer.until('connection');
    proxy.halfOpen();
    await eventually(() => proxy.accepted() > 1);
    proxy.heal();
    await eventually(() => onlines.length === 2);
    const again = ({ connectionState, sessionId }: { connectionState: string; sessionId: string }) =>
      connectionState === 'ONLINE' && sessionId !== first.message.sessionId;
    await observer.until('connection', ({ message }) => again(message));
    const will = observer.of('connection').find(({ message }) => message.connectionState === 'CONNECTION_BROKEN');
    expect(will?.message.sessionId).toBe(first.message.sessionId);
    const late = await startObserver(broker.port);
    expect(again((await late.until('connection')).message)).toBe(true);
  });

  it('drops what is larger than brokers take, and lives on', async () => {
    const broker = await startBroker();
    const observer = await startObserver(broker.port);
    const { link } = startLink(brokerConfig(broker.port));
    await observer.until('connection');
    expect(link.publish(status('x'.repeat(140_000)))).toEqual({ outcome: 'dropped', reason: 'too-large' });
    expect(link.publish(event('small'))).toEqual({ outcome: 'sent' });
    await observer.until('event/front');
    expect(link.counts().dropped).toEqual({ 'too-large': 1 });
  });

  it('speaks MQTT 3.1.1 when asked to', async () => {
    const broker = await startBroker();
    const observer = await startObserver(broker.port);
    const { link, onlines } = startLink(brokerConfig(broker.port, { protocol: 4 }));
    await observer.until('connection', ({ message }) => message.connectionState === 'ONLINE');
    expect(onlines).toEqual([4]);
    expect(link.publish(event('first'))).toEqual({ outcome: 'sent' });
    await observer.until('event/front', ({ message }) => message.id === 'first');
    await link.close();
    await observer.until('connection', ({ message }) => message.connectionState === 'OFFLINE');
  });
}
