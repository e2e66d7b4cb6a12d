import type { Camera, CameraStatus } from '../../src/capture/camera.js';
import { FRAME_FATES, type Frame, type FrameFate } from '../../src/frame.js';

/** A camera whose frames the test puts in by hand; remembers what became of them and whether they were given back. */
export class FakeCamera implements Camera {
  readonly id: string;
  readonly fateOf: FrameFate[] = [];
  released = 0;
  #frames: Frame[] = [];
  #listener: () => void = () => undefined;

  constructor(id: string) {
    this.id = id;
  }

  put(seq: number, atNs = 0n): void {
    this.#frames.push({
      camera: this.id,
      seq,
      format: { kind: 'rgb24', width: 1, height: 1, rowStride: 3 },
      data: Uint8Array.of(seq, 0, 0),
      captured: { monotonicNs: atNs, source: 'arrival' },
      release: () => {
        this.released++;
      },
    });
    this.#listener();
  }

  start(): void {
    this.#listener();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  take(): Frame | null {
    return this.#frames.shift() ?? null;
  }

  onFrame(listener: () => void): void {
    this.#listener = listener;
  }

  onStatus(listener: (status: CameraStatus) => void): void {
    listener(this.status());
  }

  status(): CameraStatus {
    return { state: 'online', reason: null, code: null, sinceNs: 0n, fps: null };
  }

  programPid(): number | null {
    return null;
  }

  fates(): Record<FrameFate, number> {
    const count = (fate: FrameFate): number => this.fateOf.filter((each) => each === fate).length;
    return Object.fromEntries(FRAME_FATES.map((fate) => [fate, count(fate)])) as Record<FrameFate, number>;
  }

  countFate(fate: FrameFate): void {
    this.fateOf.push(fate);
  }
}
