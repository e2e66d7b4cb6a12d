import { describe, expect, it } from 'vitest';
import type { Encoded } from '../../src/publish/encode.js';
import { createPublisher } from '../../src/publish/publishers.js';
import type { ResultPolicy } from '../../src/publish/result-policy.js';
import { FakeClock } from '../fakes/clock.js';
import { framesByFate, identity, sampleChange, sampleResult } from './sample.js';

function publishing(policy: ResultPolicy) {
  const clock = new FakeClock();
  const toBroker: Encoded[] = [];
  const toSocket: Encoded[] = [];
  const publisher = createPublisher({
    sender: { identity, bootId: 'boot', isClockSynchronized: () => true, clock },
    policies: new Map([['front', policy]]),
    broker: {
      publish: (message) => {
        toBroker.push(message);
        return { outcome: 'sent' };
      },
      counts: () => ({ online: true, queued: 0, dropped: {} }),
      close: () => Promise.resolve(),
    },
    socket: {
      write: (message) => toSocket.push(message),
      counts: () => ({ clients: 1, skippedResults: 0, droppedClients: 0 }),
      close: () => Promise.resolve(),
    },
  });
  const see = (changes: Parameters<typeof sampleResult>[0] = {}) =>
    publisher.result(sampleResult({ captured: { monotonicNs: clock.monotonicNs(), source: 'arrival' }, ...changes }));
  const pathsOf = (messages: readonly Encoded[]) => messages.map(({ path }) => path);
  return {
    clock,
    publisher,
    see,
    toBroker,
    toSocket,
    brokerPaths: () => pathsOf(toBroker),
    socketPaths: () => pathsOf(toSocket),
  };
}

const STATE = {
  sessionId: 's',
  startedNs: 0n,
  mode: 'normal',
  configProblems: 0,
  slots: [],
  conditions: [],
  settings: [],
  inhibits: [],
} as const;

describe('the publisher', () => {
  it('gives every result to the socket and those of the policy to the broker', () => {
    const { see, clock, brokerPaths, socketPaths } = publishing({ results: 'change', maxHz: null, heartbeatS: 1 });
    for (let frame = 0; frame < 21; frame++) {
      see();
      clock.advanceMs(100);
    }
    expect(socketPaths()).toEqual(Array(21).fill('result/front'));
    expect(brokerPaths()).toEqual(Array(3).fill('result/front'));
  });

  it.each(['change', 'off'] as const)('tells of a change before the result, with results: %s', (results) => {
    const { see, brokerPaths, socketPaths } = publishing({ results, maxHz: null, heartbeatS: null });
    see({ change: sampleChange });
    expect(socketPaths()).toEqual(['event/front', 'result/front']);
    expect(brokerPaths()).toEqual(results === 'off' ? ['event/front'] : ['event/front', 'result/front']);
  });

  it('lets a result expire with its validity', () => {
    const { see, clock, toBroker } = publishing({ results: 'every', maxHz: null, heartbeatS: null });
    see({ validForMs: 250 });
    expect(toBroker[0]?.expiresNs).toBe(clock.monotonicNs() + 250_000_000n);
  });

  it('says the status of a camera when it has changed, wherever that shows', () => {
    const { publisher, see, brokerPaths } = publishing({ results: 'off', maxHz: null, heartbeatS: null });
    publisher.camera({ camera: 'front', online: true, fps: null, reason: null });
    see();
    see();
    const front = { camera: 'front', reason: null, sinceNs: 0n, frames: framesByFate(2) } as const;
    publisher.state({ ...STATE, cameras: [{ ...front, state: 'online', fps: 20 }] });
    publisher.state({ ...STATE, cameras: [{ ...front, state: 'online', fps: 21 }] });
    publisher.state({ ...STATE, cameras: [{ ...front, state: 'offline', fps: null, reason: 'gone' }] });
    expect(brokerPaths()).toEqual([
      'status/front',
      'status/front',
      'state',
      'status/front',
      'state',
      'state',
      'status/front',
    ]);
  });

  it('says the factsheet again only when it differs', () => {
    const { publisher, brokerPaths } = publishing({ results: 'off', maxHz: null, heartbeatS: null });
    const facts = {
      daemon: { name: 'edgenextd', version: '0.1.0', node: 'v20' },
      board: { model: null, arch: 'x64', os: null, kernel: null, cpu: null, cores: 2, memoryMB: 1 },
      cameras: [],
      slots: [],
      limits: { stateIntervalS: 30, maxPayloadBytes: 131072 },
    };
    publisher.factsheet(facts);
    publisher.factsheet({ ...facts });
    publisher.factsheet({ ...facts, limits: { ...facts.limits, stateIntervalS: 10 } });
    expect(brokerPaths()).toEqual(['factsheet', 'factsheet']);
  });
});
