import { systemClock } from '../../src/clock.js';
import { FRAME_FATES, type FrameFate } from '../../src/frame.js';
import type { BrokerConfig } from '../../src/publish/broker-link.js';
import type { MessageContext } from '../../src/publish/context.js';
import type { FrameResult } from '../../src/result.js';

/** Facts to make messages from. */
export const identity = { manufacturer: 'edgenext', serialNumber: 'rover-7' };
const bootId = '3f0c6f9e-8c53-4a3e-9d53-0f2f5a1f4c11';

export const contextNow = (): MessageContext => ({
  identity,
  bootId,
  clockSynchronized: true,
  now: { monotonicNs: systemClock.monotonicNs(), wallMs: systemClock.wallMs() },
});

export const model = {
  name: 'rover',
  version: '1.0.0',
  digest: 'b5'.repeat(32),
  rung: 'xx_small-64',
  graph: 'float32',
};

export function sampleResult(changes: Partial<FrameResult> = {}): FrameResult {
  const monotonicNs = changes.captured?.monotonicNs ?? systemClock.monotonicNs();
  return {
    camera: 'front',
    region: null,
    slot: 'main',
    frameSeq: 4711,
    captured: { monotonicNs, source: 'producer' },
    picture: { width: 160, height: 120 },
    model,
    top: [
      { classId: 'left', score: 0.81 },
      { classId: 'straight', score: 0.15 },
    ],
    classId: 'left',
    score: 0.81,
    margin: 0.66,
    held: { classId: 'left', score: 0.78, sinceNs: monotonicNs },
    change: null,
    validForMs: 1000,
    durations: { waitMs: 0.2, transferMs: 0.4, prepareMs: 0.3, networkMs: 3.1, decodeMs: 0.02, totalMs: 4.1 },
    ...changes,
  };
}

/** How frames ended: `done` as results, none otherwise. */
export const framesByFate = (done = 0): Record<FrameFate, number> => ({
  ...(Object.fromEntries(FRAME_FATES.map((fate) => [fate, 0])) as Record<FrameFate, number>),
  done,
});

export const sampleChange = {
  from: 'straight',
  to: 'left',
  score: 0.78,
  decidedAfterMs: 120,
  previousDurationMs: 4020,
};

export function brokerConfig(port: number, changes: Partial<BrokerConfig> = {}): BrokerConfig {
  return {
    url: `mqtt://127.0.0.1:${port}`,
    protocol: 'auto',
    clientId: null,
    username: null,
    password: null,
    tls: null,
    keepaliveS: 30,
    connectTimeoutMs: 5000,
    queue: { maxMessages: 100, maxBytes: 1024 * 1024 },
    ...changes,
  };
}
