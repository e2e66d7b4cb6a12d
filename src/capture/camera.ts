import type { Frame, FrameFate } from '../frame.js';

export type CameraState = 'starting' | 'online' | 'offline' | 'ended' | 'disabled';

export interface CameraStatus {
  readonly state: CameraState;
  /** Why it is not online, for people; null when online. */
  readonly reason: string | null;
  readonly code: string | null;
  readonly sinceNs: bigint;
  /** Frames a second that the source delivered over the last few seconds; null before the first. */
  readonly fps: number | null;
}

/** A named source with its newest frame: restarts the source, notices stalls, counts every frame by its fate. */
export interface Camera {
  readonly id: string;
  start(): void;
  close(): Promise<void>;
  /** Takes the newest frame, unless it is older than `maxAge`; null when there is none. The taker releases it. */
  take(): Frame | null;
  /** Called whenever a frame may be taken. One listener. */
  onFrame(listener: () => void): void;
  /** Called on every change of state. One listener. */
  onStatus(listener: (status: CameraStatus) => void): void;
  status(): CameraStatus;
  /** Of the program that captures or decodes for it now; null: there is none. */
  programPid(): number | null;
  /** Where frames of this camera ended, since the start. */
  fates(): Readonly<Record<FrameFate, number>>;
  /** The loop tells what became of a frame that it took. */
  countFate(fate: FrameFate): void;
}
