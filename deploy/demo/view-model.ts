import type { Message } from '../../src/publish/messages.js';
import type { WorldReport } from './world.js';

/** Results that the percentiles are of; ten seconds at 20 frames a second. */
const WINDOW = 200;

export const STAGES = ['wait', 'transfer', 'prepare', 'network', 'decode'] as const;
export type Stage = (typeof STAGES)[number] | 'here';

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

/** What is known of the demo, all of it read from MQTT. null: no message has said it yet. */
export interface Picture {
  readonly result: Message<'result'> | null;
  readonly status: Message<'status'> | null;
  readonly state: Message<'state'> | null;
  readonly factsheet: Message<'factsheet'> | null;
  readonly rover: WorldReport | null;
  readonly latency: ReadonlyMap<Stage, Percentiles>;
  readonly results: number;
}

export interface ViewModel {
  /** `nowNs`: when the message arrived, on CLOCK_MONOTONIC. */
  take(topic: string, message: unknown, nowNs: bigint): void;
  picture(): Picture;
}

/** `base` is the daemon's part of the topics, `edgenext/v1/{manufacturer}/{serial}`. */
export function createViewModel(base: string, roverTopic: string): ViewModel {
  let known: Omit<Picture, 'latency' | 'results'> = {
    result: null,
    status: null,
    state: null,
    factsheet: null,
    rover: null,
  };
  const windows = new Map<Stage, number[]>();
  let results = 0;

  function note(stage: Stage, ms: number): void {
    const window = windows.get(stage) ?? [];
    window.push(ms);
    if (window.length > WINDOW) window.shift();
    windows.set(stage, window);
  }

  return {
    take(topic, message, nowNs) {
      if (typeof message !== 'object' || message === null) return;
      if (topic === roverTopic) known = { ...known, rover: message as WorldReport };
      if (!topic.startsWith(`${base}/`)) return;
      const kind = topic.slice(base.length + 1).split('/', 1)[0] ?? '';
      if (!Object.hasOwn(known, kind) || (kind === 'result' && !('durations' in message))) return;
      known = { ...known, [kind]: message };
      if (kind !== 'result') return;
      const { durations, captureMonotonicNs } = message as Message<'result'>;
      results++;
      for (const stage of STAGES) note(stage, durations[`${stage}Ms`]);
      note('here', Number(nowNs - BigInt(captureMonotonicNs)) / 1e6);
    },
    picture: () => ({
      ...known,
      results,
      latency: new Map([...windows].map(([stage, window]) => [stage, percentilesOf(window)])),
    }),
  };
}

function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}
