import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_COMMAND_BYTES } from '../../src/remote/parse.js';
import { VERBS } from '../../src/remote/verbs.js';
import { createDesk } from './desk.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});
const settled = () => vi.advanceTimersByTimeAsync(0);

describe('an answer', () => {
  it.each([
    ['ping', {}, ['done']],
    ['ping', { transaction: 'a', timestamp: '1999-01-01T00:00:00Z' }, ['done']],
    ['ping', { headerId: 4, version: '1.0.0', manufacturer: 'm', serialNumber: 's' }, ['done']],
    ['ping', { now: true }, ['failed bad-arguments']],
    ['ping', { transaction: 7 }, ['failed bad-payload']],
    ['ping', { transaction: 'a b' }, ['failed bad-payload']],
    ['ping', { timestamp: 'yesterday' }, ['failed bad-payload']],
    ['ping', { cmd: 'restart' }, ['failed bad-payload']],
    ['ping', { cmd: 'ping' }, ['done']],
    ['inhibit', { transaction: 'a', reason: 'driving', ttl: 60 }, ['accepted', 'done']],
    ['inhibit', { transaction: 'a', reason: 'driving', ttl: -1 }, ['failed bad-arguments']],
    ['inhibit', { transaction: 'a', reason: '', ttl: 1 }, ['failed bad-arguments']],
    ['inhibit', { reason: 'driving', ttl: 60 }, ['failed no-transaction']],
    ['camera.enable', { transaction: 'a', camera: 'front' }, ['accepted', 'done']],
    ['camera.enable', { transaction: 'a', camera: 'rear' }, ['accepted', 'failed not-settable']],
    ['camera.enable', { transaction: 'a', camera: 'front', persist: true, ttl: 5 }, ['failed bad-arguments']],
    ['camera.disable', { transaction: 'a', camera: 'front' }, ['accepted', 'failed bug']],
    ['fly', { transaction: 'a' }, ['failed unknown-verb']],
    ['constructor', { transaction: 'a' }, ['failed unknown-verb']],
    ['__proto__', {}, ['failed unknown-verb']],
  ])('to %s %j is %j', async (verb, fields, expected) => {
    const { send, states } = createDesk();
    const acks = send(verb, fields);
    await settled();
    expect(states(acks)).toEqual(expected);
  });

  it.each([
    ['nothing at all by the socket', '', 'bad-payload'],
    ['no JSON', '{"cmd":', 'bad-payload'],
    ['a list', '[]', 'bad-payload'],
    ['a text', '"ping"', 'bad-payload'],
    ['null', 'null', 'bad-payload'],
    ['no verb', '{}', 'bad-payload'],
    ['a verb that is a number', '{"cmd":1}', 'bad-payload'],
    ['another verb', '{"cmd":"fly"}', 'unknown-verb'],
    ['bytes that are no text', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), 'bad-payload'],
    ['too much', `{"cmd":"ping","x":"${'y'.repeat(MAX_COMMAND_BYTES)}"}`, 'too-large'],
    ['too deep', `{"cmd":"ping","x":${'['.repeat(2000)}${']'.repeat(2000)}}`, 'bad-payload'],
  ])('to %s is a failure that says why', (_, payload, code) => {
    const { say } = createDesk();
    const acks = say('socket', null, payload);
    expect(acks).toMatchObject([{ state: 'failed', code }]);
    expect(acks[0]?.reason).not.toBe('');
  });

  it('to an empty message on a topic is that of the verb', () => {
    const { say, states } = createDesk();
    expect(states(say('mqtt', 'ping', ''))).toEqual(['done']);
  });

  it('names the transaction as it came, and the verb only when it is one', () => {
    const { send } = createDesk();
    expect(send('ping', { transaction: 'r-1.2:3' })).toMatchObject([{ transaction: 'r-1.2:3', verb: 'ping' }]);
    expect(send('fly"\n', { transaction: 'x' })).toMatchObject([{ transaction: 'x', verb: 'unknown' }]);
  });

  it('never shows what a bug said', async () => {
    const { send } = createDesk();
    const acks = send('camera.disable', { transaction: 'a', camera: 'front' });
    await settled();
    expect(JSON.stringify(acks)).not.toContain('secret');
  });

  it('goes through progress, and comes also when the work never ends', async () => {
    const { send, states, waiting } = createDesk();
    const acks = send('config.set', { transaction: 'a', set: {} });
    await settled();
    expect(states(acks)).toEqual(['accepted', 'progress']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states(acks)).toEqual(['accepted', 'progress', 'failed timeout']);
    waiting[0]?.();
    await settled();
    expect(acks).toHaveLength(3);
  });

  it('that would be too large for a broker says so instead', () => {
    const { send, states } = createDesk({ handlers: { ping: () => ({ text: 'x'.repeat(200_000) }) } as never });
    expect(states(send('ping'))).toEqual(['failed answer-too-large']);
  });
});

describe('what is allowed', () => {
  it('is asked for the verb and its way', () => {
    const { send, say, states, done } = createDesk({
      isAllowed: (verb, way) => way === 'socket' || !VERBS[verb].acts,
    });
    expect(states(send('restart', { transaction: 'a' }))).toEqual(['failed not-allowed']);
    expect(states(send('restart', { nonsense: 1 }))).toEqual(['failed not-allowed']);
    expect(done).toEqual([]);
    expect(states(say('socket', null, '{"cmd":"restart","transaction":"a"}'))).toEqual(['accepted', 'done']);
    expect(done).toEqual(['restart']);
  });
});

describe('the same transaction again', () => {
  it('gets the same answer and acts once', () => {
    const { send, done } = createDesk();
    const fields = { transaction: 'a', reason: 'driving', ttl: 60 };
    const first = send('inhibit', fields);
    const again = send('inhibit', { ...fields, timestamp: '2026-01-01T00:00:00Z', headerId: 9 });
    expect(again).toEqual([first.at(-1)]);
    expect(done).toHaveLength(1);
  });

  it('gets its old answer even when it is too late for a new one', () => {
    const { send, clock, done } = createDesk();
    const fields = { transaction: 'a', reason: 'driving', ttl: 60, timestamp: '2026-01-01T00:00:00Z' };
    const first = send('inhibit', fields);
    clock.advanceMs(40_000);
    expect(send('inhibit', fields)).toEqual([first.at(-1)]);
    expect(done).toHaveLength(1);
  });

  it('while it is under way hears the rest, as often as it came', async () => {
    const { send, states, waiting, done } = createDesk();
    const first = send('config.set', { transaction: 'a', set: { x: 1 } });
    const again = send('config.set', { set: { x: 1 }, transaction: 'a' });
    expect(states(again)).toEqual(['progress']);
    waiting[0]?.();
    await settled();
    expect(states(first)).toEqual(['accepted', 'progress', 'done']);
    expect(states(again)).toEqual(['progress', 'done']);
    expect(done).toHaveLength(1);
  });

  it('after ten minutes is another one', () => {
    const { send, clock, done } = createDesk();
    send('restart', { transaction: '1' });
    clock.advanceMs(599_000);
    send('restart', { transaction: '1' });
    expect(done).toHaveLength(1);
    clock.advanceMs(1000);
    send('restart', { transaction: '1' });
    expect(done).toHaveLength(2);
  });

  it('for another command is refused', () => {
    const { send, states, done } = createDesk();
    send('inhibit', { transaction: 'a', reason: 'driving', ttl: 60 });
    expect(states(send('inhibit', { transaction: 'a', reason: 'driving', ttl: 61 }))).toEqual([
      'failed transaction-reused',
    ]);
    expect(states(send('restart', { transaction: 'a' }))).toEqual(['failed transaction-reused']);
    expect(done).toHaveLength(1);
  });

  it('by the other way is another one', () => {
    const { send, say, done } = createDesk();
    send('restart', { transaction: '1' });
    say('socket', null, '{"cmd":"restart","transaction":"1"}');
    expect(done).toEqual(['restart', 'restart']);
  });
});

describe('a command that acts', () => {
  const sent = (timestamp: string) => ({ transaction: 'a', timestamp });
  it.each([
    ['just sent', '2025-12-31T23:59:45Z', true, ['accepted', 'done']],
    ['31 s old', '2025-12-31T23:59:29Z', true, ['expired expired']],
    ['31 s old in another time zone', '2026-01-01T00:59:29+01:00', true, ['expired expired']],
    ['31 s old by a clock that is not to be trusted', '2025-12-31T23:59:29Z', false, ['accepted', 'done']],
    ['from the future', '2026-01-01T00:05:00Z', true, ['accepted', 'done']],
  ])('%s: %s', (_, timestamp, isTrusted, expected) => {
    const { send, states, done } = createDesk({ isClockTrusted: () => isTrusted });
    expect(states(send('restart', sent(timestamp)))).toEqual(expected);
    expect(done).toHaveLength(expected.includes('done') ? 1 : 0);
  });
});

describe('too many', () => {
  it('at a time are told to come again', async () => {
    const { send, states, waiting } = createDesk();
    const all = Array.from({ length: 10 }, (_, n) => send('config.set', { transaction: `${n}`, set: {} }));
    expect(all.map((acks) => states(acks).at(-1))).toEqual([
      ...Array(8).fill('progress'),
      'failed busy',
      'failed busy',
    ]);
    for (const end of waiting) end();
    await settled();
    expect(states(send('config.set', { transaction: '9', set: {} }))).toEqual(['accepted', 'progress']);
  });

  it('in a minute are too, and none of them is forgotten before', () => {
    const { send, states, clock, done } = createDesk();
    const inhibit = (n: number) => send('inhibit', { transaction: `${n}`, reason: 'r', ttl: 1 });
    for (let n = 0; n < 500; n++) inhibit(n);
    expect(states(inhibit(500))).toEqual(['failed busy']);
    expect(states(inhibit(0))).toEqual(['done']);
    expect(done).toHaveLength(500);
    clock.advanceMs(60_001);
    expect(states(inhibit(500))).toEqual(['accepted', 'done']);
  });

  it('that only tell are forgotten one by one', () => {
    const { send, states } = createDesk();
    for (let n = 0; n < 1000; n++) expect(states(send('ping', { transaction: `${n}` }))).toEqual(['done']);
  });
});
