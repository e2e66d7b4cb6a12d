import { bugError, type EdgeError, modelError } from '../errors.js';
import type { Frame } from '../frame.js';
import { type LoadOptions, loadModel } from './load-model.js';
import type { Answer, RegionView, Runner, RunnerExit, RunnerInfo, RunnerSpec } from './runner.js';
import { type ChildExit, forkRunner, type RunnerChild } from './runner-child.js';
import { closedError, describeExit, NO_NUMBERS } from './runner-errors.js';
import { type ReadyMessage, readFromRunner } from './wire.js';

export interface StartOptions extends LoadOptions {
  /** The built runner process: `runnerEntry`. */
  readonly entry: URL;
  /** Kills the process when aborted, during the start and later. */
  readonly signal?: AbortSignal;
  /** How long an idle process may take to end before it is killed. */
  readonly endMs?: number;
}

const END_MS = 1000;

/**
 * Starts a process, loads and warms the model. When this rejects, the process is gone.
 * @throws what `openSession` throws in the process; model errors `runner-start-failed` and `runner-closed` (aborted).
 */
export async function startRunner(spec: RunnerSpec, options: StartOptions): Promise<Runner> {
  if (options.signal?.aborted) throw closedError(spec);
  const child = forkRunner(options.entry);
  try {
    const ready = await loadModel(child, spec, options);
    return new ChildRunner(child, spec, ready, options);
  } catch (thrown) {
    child.kill();
    await child.exited;
    throw thrown;
  }
}

interface FrameInFlight {
  readonly id: number;
  readonly regions: readonly RegionView[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: EdgeError) => void;
  readonly deadline: NodeJS.Timeout;
}

class ChildRunner implements Runner {
  readonly info: RunnerInfo;
  readonly exited: Promise<RunnerExit>;
  readonly #child: RunnerChild;
  readonly #spec: RunnerSpec;
  readonly #endMs: number;
  #inFlight: FrameInFlight | null = null;
  #frames = 0;
  #closing: Promise<void> | null = null;
  /** Why no further frame is taken. */
  #gone: EdgeError | null = null;
  #idle: () => void = () => undefined;

  constructor(child: RunnerChild, spec: RunnerSpec, ready: ReadyMessage, options: StartOptions) {
    const { type: _, ...said } = ready;
    this.info = { pid: child.pid, model: spec.model, providersAsked: spec.providers, threads: spec.threads, ...said };
    this.#child = child;
    this.#spec = spec;
    this.#endMs = options.endMs ?? END_MS;
    const aborted = (): void => this.#kill(closedError(spec));
    options.signal?.addEventListener('abort', aborted);
    this.exited = child.exited.then((exit) => {
      options.signal?.removeEventListener('abort', aborted);
      return this.#ended(exit);
    });
    child.listen((raw) => this.#received(raw));
    if (options.signal?.aborted) aborted();
  }

  infer(frame: Frame, regions: readonly RegionView[]): Promise<Answer> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    if (this.#inFlight !== null) {
      return Promise.reject(bugError('runner-busy', 'runner: a frame was sent before the last one was answered'));
    }
    return new Promise((resolve, reject) => {
      const id = ++this.#frames;
      const deadline = setTimeout(() => this.#overdue(id), this.#spec.deadlineMs);
      this.#inFlight = { id, regions, resolve, reject, deadline };
      const views = regions.map((region) => region.view);
      try {
        this.#child.sendFrame({ type: 'frame', id, format: frame.format, views }, frame.data);
      } catch (thrown) {
        this.#settle(() => reject(thrown));
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#gone ??= closedError(this.#spec);
    if (this.#inFlight !== null) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    const timer = setTimeout(() => this.#child.kill(), this.#endMs);
    this.#child.disconnect();
    await this.exited;
    clearTimeout(timer);
  }

  #received(raw: unknown): void {
    const message = readFromRunner(raw, this.#spec.classes);
    const frame = this.#inFlight;
    if (message?.type === 'answer' && message.id === frame?.id && message.regions.length === frame.regions.length) {
      if (!message.regions.every(({ logits }) => logits.every(Number.isFinite))) {
        this.#kill(modelError('runner-crashed', `runner ${this.info.pid}: ${NO_NUMBERS}; killed`));
        return;
      }
      const regions = frame.regions.map(({ name }, index) => {
        const region = message.regions[index];
        return {
          region: name,
          logits: region?.logits ?? new Float32Array(),
          prepareMs: region?.prepareMs ?? 0,
          networkMs: region?.networkMs ?? 0,
        };
      });
      this.#settle(() => frame.resolve({ runner: this.info, regions, picture: message.picture }));
    } else if (message?.type === 'corrupt' && message.id === frame?.id) {
      this.#settle(() => frame.reject(modelError('frame-corrupt', message.message)));
    } else {
      this.#kill(modelError('runner-crashed', `runner ${this.info.pid}: sent a malformed message; killed`));
    }
  }

  /** A timer may come late and before the answer that lies in the channel: that is read first. */
  #overdue(id: number): void {
    setImmediate(() => {
      if (this.#inFlight?.id !== id) return;
      const { deadlineMs } = this.#spec;
      const message = `runner ${this.info.pid}: no answer within ${deadlineMs} ms; killed`;
      // Only this frame was late: those that come before the process is gone find no runner.
      this.#gone ??= modelError('runner-crashed', message, { deadlineMs });
      this.#kill(modelError('runner-deadline', message, { deadlineMs }));
    });
  }

  #kill(error: EdgeError): void {
    this.#gone ??= error;
    this.#child.kill();
    const frame = this.#inFlight;
    if (frame !== null) this.#settle(() => frame.reject(error));
  }

  #ended(exit: ChildExit): RunnerExit {
    const error = modelError('runner-crashed', `runner ${this.info.pid}: ${describeExit(exit)}`, { ...exit });
    this.#gone ??= error;
    const frame = this.#inFlight;
    if (frame !== null) this.#settle(() => frame.reject(error));
    return { expected: this.#closing !== null, ...exit, reason: this.#gone.message };
  }

  #settle(how: () => void): void {
    clearTimeout(this.#inFlight?.deadline);
    this.#inFlight = null;
    how();
    this.#idle();
  }
}
