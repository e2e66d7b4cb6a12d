import type { ModelIdentity } from '../frame.js';
import type { ClassChange, FrameResult, StageDurations } from '../result.js';
import { type Draft, headerOf, type MessageContext, roundMs, roundScore, stampOf, utcOf } from './context.js';
import type { Message } from './messages.js';

/** Messages about frames. Pure: the context brings the clocks. */
export function buildResult(context: MessageContext, result: FrameResult): Draft<Message<'result'>> {
  return {
    ...headerOf(context),
    ...frameReference(context, result),
    validForMs: result.validForMs,
    slot: result.slot,
    model: modelOf(result.model),
    durations: durationsOf(result.durations),
    task: 'classify',
    class_id: result.classId,
    score: roundScore(result.score),
    margin: roundScore(result.margin),
    results: result.top.map(({ classId, score }) => ({ class_id: classId, score: roundScore(score) })),
    held: {
      class_id: result.held.classId,
      score: scoreOrNull(result.held.score),
      since: utcOf(result.held.sinceNs, context.now),
    },
    imageSize: { width: result.picture.width, height: result.picture.height },
    detections: null,
  };
}

export function buildEvent(
  context: MessageContext,
  result: FrameResult,
  change: ClassChange,
  id: string,
): Draft<Message<'event'>> {
  return {
    ...headerOf(context),
    ...frameReference(context, result),
    id,
    event: 'class-change',
    slot: result.slot,
    from: change.from,
    to: change.to,
    score: scoreOrNull(change.score),
    decidedAfterMs: roundMs(change.decidedAfterMs),
    previousDurationMs: change.previousDurationMs === null ? null : roundMs(change.previousDurationMs),
  };
}

function frameReference(context: MessageContext, result: FrameResult) {
  const captureNs = earlier(result.captured.monotonicNs, context.now.monotonicNs);
  return {
    camera: result.camera,
    region: result.region,
    frameSeq: result.frameSeq,
    stamp: stampOf(captureNs, context.now),
    captureMonotonicNs: captureNs.toString(),
    bootId: context.bootId,
    clock: { source: result.captured.source, synchronized: context.clockSynchronized },
  };
}

/** A producer's stamp may lie in the future; nothing was captured after it was published. */
const earlier = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export const modelOf = ({ name, version, digest, rung, graph }: ModelIdentity) => ({
  name,
  version,
  digest,
  rung,
  graph,
});

export const scoreOrNull = (score: number | null): number | null => (score === null ? null : roundScore(score));

const durationsOf = (durations: StageDurations) => ({
  waitMs: roundMs(durations.waitMs),
  transferMs: roundMs(durations.transferMs),
  prepareMs: roundMs(durations.prepareMs),
  networkMs: roundMs(durations.networkMs),
  decodeMs: roundMs(durations.decodeMs),
  totalMs: roundMs(durations.totalMs),
});
