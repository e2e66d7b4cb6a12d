import { expect, it } from 'vitest';
import { buildEvent } from '../../src/publish/build.js';
import { Courier } from '../../src/publish/courier.js';
import { encode } from '../../src/publish/encode.js';
import { FakeClock } from '../fakes/clock.js';
import { keepingLogger } from '../fakes/log.js';
import { contextNow, sampleChange, sampleResult } from './sample.js';

it('counts every message that the broker refuses, and says so once a minute', () => {
  const { log, kept } = keepingLogger('warn');
  const clock = new FakeClock();
  const courier = new Courier({ base: 'b', queue: { maxMessages: 10, maxBytes: 1e6 }, clock, log });
  const connection = {
    canSend: () => true,
    send: (_message: unknown, done: (failure: Error | null) => void) => done(new Error('not authorized')),
    subscribe: () => undefined,
    end: () => undefined,
    destroy: () => undefined,
  };
  courier.attach({ connection, protocolVersion: 5, maxInFlight: 20, announce: () => undefined });
  for (let second = 0; second < 90; second++) {
    courier.publish(encode('event', buildEvent(contextNow(), sampleResult(), sampleChange, `${second}`)));
    clock.advanceMs(1000);
  }
  expect(courier.counts().dropped).toEqual({ refused: 90 });
  expect(kept).toHaveLength(2);
});
