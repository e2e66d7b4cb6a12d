import { configurationError } from '../../src/errors.js';
import { silentLogger } from '../../src/log.js';
import type { Ack, Incoming, Way } from '../../src/remote/command.js';
import { Dispatcher, type DispatcherParts } from '../../src/remote/dispatcher.js';
import type { Handlers } from '../../src/remote/verbs.js';
import { FakeClock } from '../fakes/clock.js';

/** A device of three facts, commands for it, and every answer that it gave. */
export function createDesk(changes: Partial<DispatcherParts> = {}) {
  const clock = new FakeClock();
  const done: string[] = [];
  /** What the test ends by hand. */
  const waiting: (() => void)[] = [];
  const handlers: Handlers = {
    ping: () => ({ pong: true }),
    'state.get': () => ({ done: done.length }),
    'config.get': () => ({ config: {} }),
    'config.set': ({ set, persist, ttl }, progress) => {
      progress('half way');
      done.push(`set ${JSON.stringify(set)} ${persist} ${ttl}`);
      return new Promise((resolve) => waiting.push(() => resolve({ settings: [] })));
    },
    'config.reset': ({ paths }) => {
      done.push(`reset ${paths}`);
      return {};
    },
    'camera.enable': ({ camera }) => {
      if (camera !== 'front') throw configurationError('not-settable', `there is no camera ${camera}`);
      done.push(`enable ${camera}`);
      return Promise.resolve({ camera });
    },
    'camera.disable': () => Promise.reject(new TypeError('secret of the daemon')),
    inhibit: ({ reason, ttl }) => {
      done.push(`inhibit ${reason} ${ttl}`);
      return {};
    },
    restart: () => {
      done.push('restart');
      return {};
    },
    ...changes.handlers,
  };
  const dispatcher = new Dispatcher({
    isAllowed: () => true,
    isClockTrusted: () => true,
    clock,
    log: silentLogger,
    ...changes,
    handlers,
  });

  const say = (way: Way, verb: string | null, payload: string | Uint8Array): Ack[] => {
    const acks: Ack[] = [];
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const incoming: Incoming = { way, verb, payload: bytes, answer: (ack) => void acks.push(ack) };
    dispatcher.handle(incoming);
    return acks;
  };
  return {
    clock,
    done,
    waiting,
    say,
    /** By MQTT. */
    send: (verb: string, fields: object = {}) => say('mqtt', verb, JSON.stringify(fields)),
    states: (acks: readonly Ack[]) => acks.map(({ state, code }) => (code === null ? state : `${state} ${code}`)),
  };
}
