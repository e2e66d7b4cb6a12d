import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Outbox, type Outgoing } from '../../src/publish/outbox.js';

const message = (
  topic: string,
  keeping: Outgoing['keeping'],
  payload = 'x',
  expiresNs: bigint | null = null,
): Outgoing => ({
  topic,
  payload,
  qos: 0,
  retain: false,
  keeping,
  expiresNs,
});

function drain(outbox: Outbox, nowNs = 0n): string[] {
  const sent: string[] = [];
  for (let next = outbox.take(nowNs); next !== null; next = outbox.take(nowNs)) sent.push(next.payload);
  return sent;
}

describe('the outbox', () => {
  it('gives what is kept in order, then the newest of each topic', () => {
    const outbox = new Outbox({ maxMessages: 10, maxBytes: 1000 }, () => undefined);
    outbox.add(message('result', 'newest', 'r1'));
    outbox.add(message('event', 'keep', 'e1'));
    outbox.add(message('result', 'newest', 'r2'));
    outbox.add(message('event', 'keep', 'e2'));
    expect(drain(outbox)).toEqual(['e1', 'e2', 'r2']);
  });

  it('gives up results before events, and the oldest event before a newer one', () => {
    const outbox = new Outbox({ maxMessages: 2, maxBytes: 1000 }, () => undefined);
    outbox.add(message('event', 'keep', 'e1'));
    outbox.add(message('result', 'newest', 'r1'));
    outbox.add(message('event', 'keep', 'e2'));
    expect(outbox.add(message('event', 'keep', 'e3'))).toEqual({ outcome: 'queued' });
    expect(outbox.add(message('result', 'newest', 'r2'))).toEqual({ outcome: 'dropped', reason: 'queue-full' });
    expect(drain(outbox)).toEqual(['e2', 'e3']);
  });

  it.each([
    [{ maxMessages: 0, maxBytes: 1000 }, 'queue-off'],
    [{ maxMessages: 5, maxBytes: 3 }, 'too-large'],
  ])('says why it takes nothing with %o', (limits, reason) => {
    const dropped: string[] = [];
    expect(new Outbox(limits, (why) => dropped.push(why)).add(message('event', 'keep'))).toEqual({
      outcome: 'dropped',
      reason,
    });
    expect(dropped).toEqual([reason]);
  });

  it('gives no result past its time', () => {
    const dropped: string[] = [];
    const outbox = new Outbox({ maxMessages: 5, maxBytes: 1000 }, (why) => dropped.push(why));
    outbox.add(message('result/a', 'newest', 'old', 10n));
    outbox.add(message('result/b', 'newest', 'fresh', 30n));
    expect(drain(outbox, 20n)).toEqual(['fresh']);
    expect(dropped).toEqual(['expired']);
  });

  it('puts back in front what was sent in vain', () => {
    const outbox = new Outbox({ maxMessages: 5, maxBytes: 1000 }, () => undefined);
    outbox.add(message('event', 'keep', 'e3'));
    outbox.putBack([message('event', 'keep', 'e1'), message('status', 'newest', 's'), message('event', 'keep', 'e2')]);
    expect(drain(outbox)).toEqual(['e1', 'e2', 'e3']);
  });

  it('never holds more than its limits, keeps the order of events, and counts every message once', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ topic: fc.constantFrom('e', 'r1', 'r2'), length: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.constant('take' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(6), fc.nat(90), (steps, maxMessages, maxBytes) => {
        let dropped = 0;
        let added = 0;
        const taken: string[] = [];
        const outbox = new Outbox({ maxMessages, maxBytes }, () => dropped++);
        for (const one of steps) {
          if (one === 'take') {
            const next = outbox.take(0n);
            if (next !== null) taken.push(next.payload);
          } else {
            const payload = `${added++}`.padStart(4, '0').padEnd(one.length, '.');
            outbox.add(message(one.topic, one.topic === 'e' ? 'keep' : 'newest', payload));
          }
          expect(outbox.size).toBeLessThanOrEqual(maxMessages);
          expect(outbox.bytes).toBeLessThanOrEqual(maxBytes);
        }
        taken.push(...drain(outbox));
        expect(outbox.bytes).toBe(0);
        expect(taken.length + dropped).toBe(added);
      }),
    );
  });
});
