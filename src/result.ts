import type { CaptureStamp, ClassScore, ModelIdentity } from './frame.js';

/** What the loop makes of one region of one frame, before any wire format. Durations in milliseconds. */
export interface FrameResult {
  readonly camera: string;
  readonly region: string | null;
  readonly slot: string;
  readonly frameSeq: number;
  readonly captured: CaptureStamp;
  /** Size of the picture as it was decoded, before rotation. */
  readonly picture: { readonly width: number; readonly height: number };
  readonly model: ModelIdentity;
  /** Probabilities, best first, at most five. */
  readonly top: readonly ClassScore[];
  /** What this frame alone says: the best class, or `unknown` below the camera's thresholds. */
  readonly classId: string;
  readonly score: number;
  /** Distance of the best score to the second. */
  readonly margin: number;
  /** What the camera is held to see, after smoothing. */
  readonly held: HeldClass;
  /** Set on the one result that changes `held`. */
  readonly change: ClassChange | null;
  /** From the capture on; past it the result says nothing about the world any more. */
  readonly validForMs: number;
  readonly durations: StageDurations;
}

export interface HeldClass {
  readonly classId: string;
  readonly score: number | null;
  readonly sinceNs: bigint;
}

export interface ClassChange {
  readonly from: string | null;
  readonly to: string;
  readonly score: number | null;
  /** From the capture of the first frame that showed the new class to the decision. */
  readonly decidedAfterMs: number;
  readonly previousDurationMs: number | null;
}

export interface StageDurations {
  /** From the capture stamp until the loop took the frame. */
  readonly waitMs: number;
  /** To the runner and back, without its own work. */
  readonly transferMs: number;
  readonly prepareMs: number;
  readonly networkMs: number;
  readonly decodeMs: number;
  /** From the capture stamp until the result was made. */
  readonly totalMs: number;
}
