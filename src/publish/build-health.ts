import type { FrameFate, ModelIdentity } from '../frame.js';
import { modelOf, scoreOrNull } from './build.js';
import { type Draft, dueOf, headerOf, type MessageContext, roundFps, utcOf } from './context.js';
import type { Message } from './messages.js';

/** Messages about the daemon, its cameras and its health. What they say comes in as these facts; times are monotonic. */
export interface ConditionFacts {
  /** Unique for this raising of the condition. */
  readonly alertId: string;
  readonly id: string;
  readonly level: Message<'alert'>['level'];
  readonly description: string;
  readonly hint: string;
  readonly references: Readonly<Record<string, string | number | boolean | null>>;
  readonly sinceNs: bigint;
}

export interface HeldFacts {
  readonly classId: string;
  readonly score: number | null;
  readonly sinceNs: bigint;
}

export interface StatusFacts {
  readonly camera: string;
  readonly online: boolean;
  readonly fps: number | null;
  readonly reason: string | null;
  /** Of the whole picture, or of the first region; null before the first decision. */
  readonly held: HeldFacts | null;
  readonly regions: readonly (HeldFacts & { readonly region: string })[];
}

export interface StateFacts {
  readonly sessionId: string;
  readonly startedNs: bigint;
  readonly mode: Message<'state'>['mode'];
  readonly configProblems: number;
  readonly cameras: readonly {
    readonly camera: string;
    readonly state: Message<'state'>['cameras'][number]['state'];
    readonly reason: string | null;
    readonly sinceNs: bigint;
    readonly fps: number | null;
    readonly frames: Readonly<Record<FrameFate, number>>;
  }[];
  readonly slots: readonly {
    readonly slot: string;
    readonly ready: boolean;
    readonly model: ModelIdentity | null;
    readonly reason: string | null;
  }[];
  readonly conditions: readonly ConditionFacts[];
  readonly settings: readonly {
    readonly path: string;
    readonly value: string | number | boolean | null;
    readonly persistent: boolean;
    readonly untilNs: bigint | null;
  }[];
  readonly inhibits: readonly { readonly reason: string; readonly sinceNs: bigint; readonly untilNs: bigint }[];
}

/** The factsheet without its header holds no times: it is the facts. */
export type FactsheetFacts = Omit<Message<'factsheet'>, keyof ReturnType<typeof headerOf> | 'headerId'>;

export function buildStatus(context: MessageContext, facts: StatusFacts): Draft<Message<'status'>> {
  const held = facts.online ? facts.held : null;
  return {
    ...headerOf(context),
    camera: facts.camera,
    online: facts.online,
    class_id: held?.classId ?? null,
    score: scoreOrNull(held?.score ?? null),
    since: held === null ? null : utcOf(held.sinceNs, context.now),
    fps: roundFps(facts.fps),
    reason: facts.reason,
    regions: (facts.online ? facts.regions : []).map(({ region, classId, score, sinceNs }) => ({
      region,
      class_id: classId,
      score: scoreOrNull(score),
      since: utcOf(sinceNs, context.now),
    })),
  };
}

export function buildState(
  context: MessageContext,
  facts: StateFacts,
  publishing: Message<'state'>['publishing'],
): Draft<Message<'state'>> {
  return {
    ...headerOf(context),
    sessionId: facts.sessionId,
    bootId: context.bootId,
    uptimeS: Number((context.now.monotonicNs - facts.startedNs) / 1_000_000n) / 1000,
    mode: facts.mode,
    configProblems: facts.configProblems,
    cameras: facts.cameras.map(({ camera, state, reason, sinceNs, fps, frames }) => ({
      camera,
      state,
      reason,
      since: utcOf(sinceNs, context.now),
      fps: roundFps(fps),
      frames: { ...frames },
    })),
    slots: facts.slots.map(({ slot, ready, model, reason }) => ({
      slot,
      ready,
      model: model === null ? null : modelOf(model),
      reason,
    })),
    publishing,
    settings: facts.settings.map(({ path, value, persistent, untilNs }) => ({
      path,
      value,
      persistent,
      until: untilNs === null ? null : dueOf(untilNs, context.now),
    })),
    inhibits: facts.inhibits.map(({ reason, sinceNs, untilNs }) => ({
      reason,
      since: utcOf(sinceNs, context.now),
      until: dueOf(untilNs, context.now),
    })),
    errors: facts.conditions.map((condition) => ({
      errorType: condition.id,
      errorLevel: condition.level,
      errorDescription: condition.description,
      errorHint: condition.hint,
      errorReferences: referencesOf(condition),
      since: utcOf(condition.sinceNs, context.now),
    })),
  };
}

export function buildAlert(
  context: MessageContext,
  condition: ConditionFacts,
  active: boolean,
): Draft<Message<'alert'>> {
  return {
    ...headerOf(context),
    id: condition.alertId,
    condition: condition.id,
    level: condition.level,
    active,
    since: utcOf(condition.sinceNs, context.now),
    description: condition.description,
    hint: condition.hint,
    references: referencesOf(condition),
  };
}

/** More labels than this stay in the package: a retained message is read by everybody who connects. */
const MOST_LABELS = 100;

export function buildFactsheet(context: MessageContext, facts: FactsheetFacts): Draft<Message<'factsheet'>> {
  return {
    ...headerOf(context),
    ...facts,
    slots: facts.slots.map((slot) => ({
      ...slot,
      labels: slot.labels !== null && slot.labels.length > MOST_LABELS ? null : slot.labels,
    })),
  };
}

export const buildConnection = (
  context: MessageContext,
  connectionState: Message<'connection'>['connectionState'],
  sessionId: string,
): Draft<Message<'connection'>> => ({ ...headerOf(context), connectionState, sessionId });

const referencesOf = ({ references }: ConditionFacts) =>
  Object.entries(references).map(([key, value]) => ({ referenceKey: key, referenceValue: String(value) }));
