import type { Frame } from '../../src/frame.js';
import type { Answer, RegionView, RunnerInfo } from '../../src/infer/runner.js';
import type { ReplaceOutcome, Slot } from '../../src/infer/slot.js';

export const fakeRunnerInfo: RunnerInfo = {
  pid: 1,
  model: { name: 'fake', version: '1.0.0', digest: 'd1', rung: 'tiny', graph: 'float32' },
  runtime: 'none',
  providersAsked: ['cpu'],
  providersCompiledIn: ['cpu'],
  providerActual: 'cpu',
  providerReason: null,
  threads: 1,
  loadMs: 0,
  warmUpMs: 0,
};

interface InFlight {
  readonly camera: string;
  readonly seq: number;
  answer(logits: Float32Array): void;
  fail(error: Error): void;
}

/** A slot that answers when the test says so. `sent` lists the frames in the order they came. */
export class FakeSlot implements Slot {
  readonly name = 'main';
  readonly sent: InFlight[] = [];
  #info: RunnerInfo | null = fakeRunnerInfo;
  #waiting: { resolve: (info: RunnerInfo) => void; reject: (error: Error) => void }[] = [];

  current(): RunnerInfo | null {
    return this.#info;
  }

  ready(): Promise<RunnerInfo> {
    if (this.#info !== null) return Promise.resolve(this.#info);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  setRunner(info: RunnerInfo | null): void {
    this.#info = info;
    if (info !== null) for (const { resolve } of this.#waiting.splice(0)) resolve(info);
  }

  infer(frame: Frame, regions: readonly RegionView[]): Promise<Answer> {
    const { camera, seq } = frame;
    return new Promise((resolve, reject) => {
      this.sent.push({
        camera,
        seq,
        answer: (logits) =>
          resolve({
            runner: this.#info ?? fakeRunnerInfo,
            regions: regions.map(({ name }) => ({ region: name, logits, prepareMs: 1, networkMs: 5 })),
            picture: { width: 1, height: 1 },
          }),
        fail: reject,
      });
    });
  }

  replace(): Promise<ReplaceOutcome> {
    return Promise.reject(new Error('the fake slot has one runner for ever'));
  }

  close(): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('closed'));
    return Promise.resolve();
  }
}
