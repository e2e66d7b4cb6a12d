import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClassScore } from '../../src/frame.js';
import { buildEvent, buildResult } from '../../src/publish/build.js';
import {
  buildAlert,
  buildConnection,
  buildFactsheet,
  buildState,
  buildStatus,
  type ConditionFacts,
  type FactsheetFacts,
} from '../../src/publish/build-health.js';
import { buildTelemetry } from '../../src/publish/build-telemetry.js';
import { buildAck } from '../../src/publish/command-ways.js';
import type { MessageContext } from '../../src/publish/context.js';
import { encode, lineOf, payloadOf } from '../../src/publish/encode.js';
import { MESSAGES } from '../../src/publish/messages.js';
import { type MessageKind, PROTOCOL_VERSION } from '../../src/publish/topics.js';
import { framesByFate, identity, model, sampleChange, sampleResult } from './sample.js';
import { telemetryFacts } from './telemetry-facts.js';

const SECOND = 1_000_000_000n;
const context: MessageContext = {
  identity,
  bootId: null,
  clockSynchronized: null,
  now: { monotonicNs: 100n * SECOND, wallMs: Date.UTC(2026, 10, 24, 8, 0, 0, 250) },
};

const condition: ConditionFacts = {
  alertId: 'one',
  id: 'camera-offline',
  level: 'URGENT',
  description: 'The camera gives no frames.',
  hint: 'Check the cable.',
  references: { camera: 'front', attempts: 3, reason: null },
  sinceNs: 90n * SECOND,
};

const factsheet: FactsheetFacts = {
  daemon: { name: 'edgenextd', version: '0.1.0', node: 'v20.19.0' },
  board: { model: null, arch: 'arm64', os: null, kernel: null, cpu: null, cores: 4, memoryMB: 3794 },
  cameras: [
    {
      camera: 'front',
      source: 'pipe',
      slot: 'main',
      captureSize: { width: 160, height: 120 },
      rotate: 0,
      fit: 'crop',
      networkSees: 0.75,
      regions: [],
      maxAgeMs: 500,
    },
  ],
  slots: [
    {
      slot: 'main',
      model,
      input: { width: 64, height: 64 },
      labels: ['left', 'straight', 'right'],
      runtime: 'onnxruntime 1.30.0',
      providersAsked: ['cpu'],
      providerActual: 'cpu',
      providerReason: null,
      threads: 2,
    },
  ],
  limits: { stateIntervalS: 30, maxPayloadBytes: 131072 },
};

describe('messages', () => {
  const result = sampleResult({ captured: { monotonicNs: 99n * SECOND, source: 'sensor' } });
  const held = { classId: 'left', score: null, sinceNs: 80n * SECOND };
  const encoded = [
    encode('connection', buildConnection(context, 'CONNECTION_BROKEN', 'session')),
    encode('factsheet', buildFactsheet(context, factsheet)),
    encode('result', buildResult(context, result)),
    encode('result', buildResult(context, sampleResult({ region: 'bin_1', top: [], margin: 1 }))),
    encode('event', buildEvent(context, result, sampleChange, 'id')),
    encode('event', buildEvent(context, result, { ...sampleChange, from: null, previousDurationMs: null }, 'id')),
    encode('alert', buildAlert(context, condition, false)),
    encode('telemetry', buildTelemetry(context, telemetryFacts)),
    encode(
      'status',
      buildStatus(context, { camera: 'front', online: true, fps: 19.96, reason: null, held, regions: [] }),
    ),
    encode(
      'state',
      buildState(
        context,
        {
          sessionId: 'run',
          startedNs: 40n * SECOND,
          mode: 'last-good-config',
          configProblems: 2,
          cameras: [
            {
              camera: 'front',
              state: 'offline',
              reason: 'gone',
              sinceNs: 50n * SECOND,
              fps: null,
              frames: framesByFate(),
            },
          ],
          slots: [{ slot: 'main', ready: false, model: null, reason: 'loading' }],
          conditions: [condition],
          settings: [{ path: 'log.level', value: 'debug', persistent: false, untilNs: 60n * SECOND }],
          inhibits: [{ reason: 'driving', sinceNs: 50n * SECOND, untilNs: 60n * SECOND }],
        },
        { broker: { online: false, queued: 1, dropped: { expired: 3 } }, socket: null },
      ),
    ),
    encode(
      'cmdack',
      buildAck(context, {
        verb: 'ping',
        transaction: 't1',
        state: 'done',
        code: null,
        reason: null,
        progress: null,
        result: { version: '1.2.3' },
      }),
    ),
  ];

  it.each(encoded.map((message) => [message.path, message] as const))('%s satisfies its schema', (_, message) => {
    const payload = JSON.parse(payloadOf(message, 7));
    expect(MESSAGES[message.kind as MessageKind].parse(payload)).toEqual(payload);
    expect(payload).toMatchObject({
      headerId: 7,
      timestamp: '2026-11-24T08:00:00.250Z',
      version: PROTOCOL_VERSION,
      ...identity,
    });
    expect(JSON.parse(lineOf(message, 7))).toEqual({ topic: message.path, ...payload });
    expect(lineOf(message, 7).indexOf('\n')).toBe(lineOf(message, 7).length - 1);
  });

  it('covers every kind of message', () => {
    expect(new Set(encoded.map(({ kind }) => kind))).toEqual(
      new Set(Object.keys(MESSAGES).filter((kind) => kind !== 'cmd')),
    );
  });

  it('gives times of the monotonic clock in UTC', () => {
    const message = buildResult(context, result);
    expect(message.stamp).toEqual({ sec: Date.UTC(2026, 10, 24, 7, 59, 59) / 1000, nanosec: 250_000_000 });
    expect(message.captureMonotonicNs).toBe('99000000000');
    expect(buildAlert(context, condition, true).since).toBe('2026-11-24T07:59:50.250Z');
  });

  it('keeps the labels of a large model out of a retained message', () => {
    const labels = Array.from({ length: 1000 }, (_, index) => `label ${index}`);
    const slots = factsheet.slots.map((slot) => ({ ...slot, labels }));
    expect(buildFactsheet(context, { ...factsheet, slots }).slots[0]?.labels).toBeNull();
  });

  it('shows nothing as seen by a camera that is offline', () => {
    const seen = { classId: 'left', score: 1, sinceNs: 0n };
    const facts = { camera: 'front', fps: null, reason: 'gone', held: seen, regions: [{ ...seen, region: 'a' }] };
    expect(buildStatus(context, { ...facts, online: false })).toMatchObject({
      class_id: null,
      score: null,
      regions: [],
    });
  });

  it('are valid for any result at any time, and never captured after they are made', () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    const moment = fc.bigInt({ min: 0n, max: 2n ** 62n });
    const wallMs = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
    const top = fc.array(fc.record<ClassScore>({ classId: fc.string({ minLength: 1 }), score }), { maxLength: 5 });
    fc.assert(
      fc.property(moment, moment, wallMs, score, top, (captureNs, nowNs, wall, one, scores) => {
        const now = { monotonicNs: nowNs, wallMs: wall };
        const made = sampleResult({ captured: { monotonicNs: captureNs, source: 'sensor' }, top: scores, score: one });
        const json = payloadOf(encode('result', buildResult({ ...context, now }, made)), 0);
        const message = MESSAGES.result.parse(JSON.parse(json));
        const stampNs = BigInt(message.stamp.sec) * SECOND + BigInt(message.stamp.nanosec);
        expect(stampNs <= BigInt(Date.parse(message.timestamp)) * 1_000_000n).toBe(true);
        expect(BigInt(message.captureMonotonicNs) <= nowNs).toBe(true);
      }),
    );
  });
});
