import type { Frame, ModelIdentity, View } from '../frame.js';

export type Provider = 'tensorrt' | 'cuda' | 'cpu';

/** All that a runner is made from. Changing anything here means another runner: `slot.replace`. */
export interface RunnerSpec {
  /** null: the npm package onnxruntime-node; else the folder of another build of it. */
  readonly binding: string | null;
  /** The compiled graph, absolute; external weights lie beside it. */
  readonly graphPath: string;
  readonly input: { readonly width: number; readonly height: number };
  readonly classes: number;
  readonly threads: number;
  /** An ordered wish; resolved against what the binding was compiled with. */
  readonly providers: readonly Provider[];
  /** A frame not answered in this time means SIGKILL. */
  readonly deadlineMs: number;
  /** Lower CPU priority of the process, 0 to 19. */
  readonly nice: number;
  readonly model: ModelIdentity;
}

/** What was asked of the runtime, what it gave, and why they differ. */
export interface RunnerInfo {
  readonly pid: number;
  readonly model: ModelIdentity;
  readonly runtime: string;
  readonly providersAsked: readonly Provider[];
  readonly providersCompiledIn: readonly string[];
  /** What the session was made for; onnxruntime runs single nodes that it lacks on the next one, or the CPU. */
  readonly providerActual: string;
  readonly providerReason: string | null;
  readonly threads: number;
  readonly loadMs: number;
  readonly warmUpMs: number;
}

export interface RegionView {
  /** null: the whole picture. */
  readonly name: string | null;
  readonly view: View;
}

export interface RegionScores {
  readonly region: string | null;
  /** Raw network outputs, one a class. */
  readonly logits: Float32Array;
  readonly prepareMs: number;
  readonly networkMs: number;
}

export interface Answer {
  readonly runner: RunnerInfo;
  readonly regions: readonly RegionScores[];
  /** Size of the picture as it was decoded, before rotation. */
  readonly picture: { readonly width: number; readonly height: number };
}

/**
 * One loaded model in a process of its own. One frame in flight.
 * `infer` copies the frame's bytes before it returns its promise, so the caller may release the frame at once.
 * It rejects with a model error: `runner-crashed` (also when it was killed for scores that are no numbers), `runner-deadline` (it was killed), `frame-corrupt`
 * (this picture can't be decoded; the runner lives on), `frame-memory-full`, `runner-closed`.
 */
export interface Runner {
  readonly info: RunnerInfo;
  infer(frame: Frame, regions: readonly RegionView[]): Promise<Answer>;
  /** Lets the frame in flight finish, then ends the process; kills it after a bound. */
  close(): Promise<void>;
  /** Resolves when the process is gone, however it went. */
  readonly exited: Promise<RunnerExit>;
}

export interface RunnerExit {
  readonly expected: boolean;
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderrTail: string;
  /** How it went, or why it was killed, for people. */
  readonly reason: string;
}
