import type { CaptureStamp, PictureFormat } from '../frame.js';

/** What a source is asked for. Sizes are the camera's one capture size, fixed for the source's life. */
export interface SourceRequest {
  readonly camera: string;
  readonly url: string;
  readonly width: number;
  readonly height: number;
  /** Wanted rate; null leaves it to the source. */
  readonly fps: number | null;
}

/** One frame as a source hands it over; the bytes are only valid during the call of `SourceSink.frame`. */
export interface SourceFrame {
  readonly seq: number;
  readonly format: PictureFormat;
  readonly data: Uint8Array;
  readonly captured: CaptureStamp;
}

export interface SourceSink {
  /** Never blocks, never throws, and copies what it keeps: a slow reader drops frames here, it never slows the source. */
  frame(frame: SourceFrame): void;
  /** Bytes that could not be made a frame, e.g. garbage between two headers or a damaged picture. */
  corrupt(reason: string): void;
  /** A program that works for this source has started. What it takes is accounted to the camera. */
  program(pid: number): void;
  /** Things worth a log line: what was probed, what the camera granted. */
  note(message: string, facts?: Readonly<Record<string, unknown>>): void;
}

/**
 * A way to get frames, chosen by the scheme of a URL. Knows nothing of models, restarts or rates beyond its own.
 * `run` delivers frames until the source is at its end (resolves), is aborted (resolves within two seconds, no child
 * process left) or fails (rejects with a device error that says what was wrong and what to do).
 */
export interface Source {
  run(sink: SourceSink, signal: AbortSignal): Promise<void>;
}
