/**
 * One pass over a frame's life: leave → newest frame → runner → decision → publishers. One loop per slot, its cameras
 * in fair turn, one frame in flight. The next frame is on its way to the runner before the last answer is decoded.
 */
import type { Camera } from './capture/camera.js';
import { type Clock, nsToMs } from './clock.js';
import type { Decider } from './decode/decide.js';
import { EdgeError } from './errors.js';
import type { CaptureStamp, Frame, FrameFate } from './frame.js';
import type { Gate } from './governor/gate.js';
import type { Answer, RegionScores, RegionView } from './infer/runner.js';
import type { Slot } from './infer/slot.js';
import type { FrameResult } from './result.js';

export interface LoopCamera {
  readonly camera: Camera;
  readonly gate: Gate;
  readonly regions: readonly (RegionView & { readonly decider: Decider })[];
  readonly validForMs: number;
}

export interface LoopParts {
  readonly slot: Slot;
  readonly cameras: readonly LoopCamera[];
  readonly labels: (digest: string) => readonly string[];
  readonly publish: (result: FrameResult) => void;
  readonly clock: Clock;
}

/** What is remembered of a frame once its bytes have gone to the runner. */
interface Sent {
  readonly from: LoopCamera;
  readonly seq: number;
  readonly captured: CaptureStamp;
  readonly sentNs: bigint;
}

interface Answered extends Sent {
  readonly answer: Answer;
  readonly answeredNs: bigint;
}

/** A frame whose runner failed ends as one of these; any other error is a bug and ends the loop. */
const FATE_OF_FAILURE: Readonly<Record<string, FrameFate>> = {
  'frame-corrupt': 'corrupt',
  'frame-memory-full': 'runnerFailed',
  'runner-crashed': 'runnerFailed',
  'runner-deadline': 'deadline',
  'runner-closed': 'stopped',
  'slot-empty': 'noModel',
  'slot-closed': 'stopped',
};

export async function runLoop(parts: LoopParts, signal: AbortSignal): Promise<void> {
  const turns = createTurns(parts);
  let taken = await turns.next(signal);
  let answered: Answered | null = null;
  while (taken !== null) {
    const inFlight = send(taken, parts);
    if (answered !== null) finish(answered, parts);
    answered = await inFlight;
    taken = signal.aborted ? null : turns.now();
    if (taken === null) {
      if (answered !== null) finish(answered, parts);
      answered = null;
      taken = await turns.next(signal);
    }
  }
}

type Turn = { readonly from: LoopCamera; readonly frame: Frame };

/** Fair turns: whoever was served last is asked last. */
function createTurns({ slot, cameras, clock }: LoopParts) {
  let last = -1;
  let wake: () => void = () => undefined;
  for (const { camera } of cameras) camera.onFrame(() => wake());

  /** The next camera with leave and a frame; null when there is none now. */
  const now = (): Turn | null => {
    if (slot.current() === null) return null;
    for (let step = 1; step <= cameras.length; step++) {
      const index = (last + step) % cameras.length;
      const from = cameras[index];
      const nowNs = clock.monotonicNs();
      if (from === undefined || from.gate.waitNs(nowNs) > 0n) continue;
      const frame = from.camera.take();
      if (frame === null) continue;
      from.gate.taken(nowNs);
      last = index;
      return { from, frame };
    }
    return null;
  };

  /** The shortest wait for leave among the cameras, in milliseconds; null when only a new frame can help. */
  const leaveInMs = (): number | null => {
    const nowNs = clock.monotonicNs();
    const waits = cameras.map(({ gate }) => gate.waitNs(nowNs)).filter((wait) => wait > 0n);
    return waits.length === 0 ? null : Math.max(1, Math.ceil(Math.min(...waits.map(nsToMs))));
  };

  const next = async (signal: AbortSignal): Promise<Turn | null> => {
    while (!signal.aborted) {
      if (slot.current() === null && !(await untilReady(slot, signal))) return null;
      const turn = now();
      if (turn !== null) return turn;
      if (slot.current() === null) continue;
      await new Promise<void>((resolve) => {
        const leaveMs = leaveInMs();
        const timer = leaveMs === null ? undefined : setTimeout(done, leaveMs);
        function done(): void {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wake = () => undefined;
          resolve();
        }
        wake = done;
        signal.addEventListener('abort', done, { once: true });
      });
    }
    return null;
  };
  return { now, next };
}

/** False when the slot was closed or the daemon stops first. */
function untilReady(slot: Slot, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (ready: boolean): void => {
      signal.removeEventListener('abort', aborted);
      resolve(ready);
    };
    const aborted = (): void => done(false);
    signal.addEventListener('abort', aborted, { once: true });
    slot.ready().then(
      () => done(!signal.aborted),
      () => done(false),
    );
  });
}

async function send({ from, frame }: Turn, { slot, clock }: LoopParts): Promise<Answered | null> {
  const sent: Sent = { from, seq: frame.seq, captured: frame.captured, sentNs: clock.monotonicNs() };
  const answer = slot.infer(frame, from.regions);
  frame.release();
  try {
    return { ...sent, answer: await answer, answeredNs: clock.monotonicNs() };
  } catch (error) {
    const fate = error instanceof EdgeError ? FATE_OF_FAILURE[error.code] : undefined;
    if (fate === undefined) throw error;
    from.camera.countFate(fate);
    return null;
  }
}

function finish(answered: Answered, parts: LoopParts): void {
  for (const scores of answered.answer.regions) parts.publish(resultOf(answered, scores, parts));
  answered.from.camera.countFate('done');
}

function resultOf(answered: Answered, scores: RegionScores, { slot, labels, clock }: LoopParts): FrameResult {
  const { from, captured, answer } = answered;
  const region = from.regions.find(({ name }) => name === scores.region);
  if (region === undefined) throw new Error(`the runner answered for region ${scores.region}, which was not asked for`);
  const decision = region.decider.decide(
    scores.logits,
    labels(answer.runner.model.digest),
    captured.monotonicNs,
    answered.answeredNs,
  );
  const madeNs = clock.monotonicNs();
  const runnerMs = answer.regions.reduce((sum, { prepareMs, networkMs }) => sum + prepareMs + networkMs, 0);
  return {
    camera: from.camera.id,
    region: scores.region,
    slot: slot.name,
    frameSeq: answered.seq,
    captured,
    picture: answer.picture,
    model: answer.runner.model,
    ...decision,
    validForMs: from.validForMs,
    durations: {
      waitMs: nsToMs(answered.sentNs - captured.monotonicNs),
      transferMs: Math.max(0, nsToMs(answered.answeredNs - answered.sentNs) - runnerMs),
      prepareMs: scores.prepareMs,
      networkMs: scores.networkMs,
      decodeMs: nsToMs(madeNs - answered.answeredNs),
      totalMs: nsToMs(madeNs - captured.monotonicNs),
    },
  };
}
