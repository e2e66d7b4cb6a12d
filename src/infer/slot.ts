import type { Frame } from '../frame.js';
import type { Answer, RegionView, RunnerExit, RunnerInfo, RunnerSpec } from './runner.js';

export interface SlotEvents {
  runnerReady(info: RunnerInfo): void;
  /** The runner went without being asked to; `retryInMs` until the next attempt. */
  runnerLost(exit: RunnerExit, retryInMs: number): void;
  /** A start failed: bad graph, out of memory, missing binding. */
  runnerFailed(error: Error, retryInMs: number): void;
}

export interface ReplaceOutcome {
  readonly info: RunnerInfo;
  /** null: no frame was lost; else how long the slot had no runner, because memory forbids two. */
  readonly gapMs: number | null;
}

/**
 * A named place for a model. `replace` is the only way to change model, size, graph or threads: it starts a second
 * runner, warms it, changes one reference between two frames, lets the old one finish and ends it.
 * A runner that crashes is started again with back-off; meanwhile `infer` rejects with `slot-empty`.
 */
export interface Slot {
  readonly name: string;
  /** null while no runner is ready. */
  current(): RunnerInfo | null;
  /** Frames wait for this one at the most: resolves as soon as a runner is ready, rejects on close. */
  ready(): Promise<RunnerInfo>;
  infer(frame: Frame, regions: readonly RegionView[]): Promise<Answer>;
  replace(spec: RunnerSpec, how?: 'side-by-side' | 'stop-then-start'): Promise<ReplaceOutcome>;
  close(): Promise<void>;
}
