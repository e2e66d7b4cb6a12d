/**
 * infer/: the network, one loaded model a process, behind slots.
 *
 *   slot, runner      the contracts
 *   model-slot        a slot: replaces its runner between two frames, starts a crashed one again
 *   child-runner      the daemon's side of one process: frame, deadline, end        runner-child, load-model, wire
 *   runner-process    the process itself: prepare, run, answer                       frame-memory
 *   ort-session       the only door to onnxruntime-node                              providers, graph-contract
 *
 * Promises: nothing here blocks the daemon or takes it along; every frame given to `infer` ends as an answer or as an
 * error with a code; no process outlives the daemon. One frame is in flight a runner: when it is slow the frames wait,
 * newest wins, in capture/; past its deadline it is killed and another started.
 * Test it with `createSlot` and a fake `start`; the contract of real processes is test/infer/runner-contract.ts.
 */
import type { Backoff } from '../backoff.js';
import { type Clock, nsToMs } from '../clock.js';
import { asEdgeError, type EdgeError, modelError } from '../errors.js';
import type { Frame } from '../frame.js';
import { keepTrying } from './keep-trying.js';
import type { Answer, RegionView, Runner, RunnerExit, RunnerInfo, RunnerSpec } from './runner.js';
import type { ReplaceOutcome, Slot, SlotEvents } from './slot.js';

/** Starts a runner; when it rejects, nothing of it is left. Aborting the signal kills the runner, then and later. */
export type StartRunner = (spec: RunnerSpec, signal: AbortSignal) => Promise<Runner>;

export interface SlotOptions {
  readonly name: string;
  readonly start: StartRunner;
  readonly events: SlotEvents;
  /** Between restarts of a runner that crashed or does not start again. */
  readonly backoff: Backoff;
  readonly clock: Clock;
}

/** A runner that served this long was sound: its crash does not add to the ones before. */
const SOUND_AFTER_MS = 30_000;
/** What `close` leaves the frame in flight, so that the whole daemon ends within two seconds. */
const CLOSE_MS = 1500;

export function createSlot(options: SlotOptions): Slot {
  return new ModelSlot(options);
}

/** A runner that is up, and the switch that kills it. Its identity is what tells a late event from a current one. */
interface Held {
  readonly runner: Runner;
  readonly spec: RunnerSpec;
  readonly life: AbortController;
  readonly sinceNs: bigint;
}

interface Waiter {
  readonly resolve: (info: RunnerInfo) => void;
  readonly reject: (error: EdgeError) => void;
}

class ModelSlot implements Slot {
  readonly name: string;
  readonly #options: SlotOptions;
  #held: Held | null = null;
  /** What a lost runner is started from again: the last spec that was ready. */
  #wanted: RunnerSpec | null = null;
  /** Since when there has been no runner, after there was one. */
  #emptySinceNs: bigint | null = null;
  #replacement: AbortController | null = null;
  #restart: AbortController | null = null;
  readonly #ending = new Set<Held>();
  readonly #tasks = new Set<Promise<unknown>>();
  #waiters: Waiter[] = [];
  #closing: Promise<void> | null = null;

  constructor(options: SlotOptions) {
    this.name = options.name;
    this.#options = options;
  }

  current(): RunnerInfo | null {
    return this.#held?.runner.info ?? null;
  }

  ready(): Promise<RunnerInfo> {
    if (this.#closing !== null) return Promise.reject(this.#closedError());
    if (this.#held !== null) return Promise.resolve(this.#held.runner.info);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  infer(frame: Frame, regions: readonly RegionView[]): Promise<Answer> {
    if (this.#held !== null) return this.#held.runner.infer(frame, regions);
    return Promise.reject(modelError('slot-empty', `slot ${this.name}: no runner is ready`));
  }

  async replace(spec: RunnerSpec, how: 'side-by-side' | 'stop-then-start' = 'side-by-side'): Promise<ReplaceOutcome> {
    if (this.#closing !== null) throw this.#closedError();
    if (this.#replacement !== null) {
      throw modelError('slot-busy', `slot ${this.name}: another replacement is under way; try again when it is done`);
    }
    const replacement = new AbortController();
    this.#replacement = replacement;
    try {
      return await this.#tracked(
        how === 'side-by-side'
          ? this.#replaceBeside(spec, replacement.signal)
          : this.#replaceAfter(spec, replacement.signal),
      );
    } finally {
      this.#replacement = null;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #replaceBeside(spec: RunnerSpec, cancelled: AbortSignal): Promise<ReplaceOutcome> {
    const next = await this.#begin(spec, cancelled);
    this.#cancelRestart();
    const old = this.#held;
    const outcome = this.#install(next);
    if (old !== null) await this.#end(old);
    return outcome;
  }

  async #replaceAfter(spec: RunnerSpec, cancelled: AbortSignal): Promise<ReplaceOutcome> {
    this.#cancelRestart();
    const old = this.#vacate();
    try {
      if (old !== null) await this.#end(old);
      return this.#install(await this.#begin(spec, cancelled));
    } catch (thrown) {
      if (this.#wanted !== null) this.#restartAfter(0, this.#wanted);
      throw thrown;
    }
  }

  /** Starts a runner that nobody uses yet. Cancelling kills it while it starts, not later. */
  async #begin(spec: RunnerSpec, cancelled: AbortSignal): Promise<Held> {
    const life = new AbortController();
    const kill = (): void => life.abort();
    cancelled.addEventListener('abort', kill);
    try {
      if (cancelled.aborted) throw this.#closedError();
      const runner = await this.#options.start(spec, life.signal);
      if (cancelled.aborted) await runner.exited;
      else return { runner, spec, life, sinceNs: this.#options.clock.monotonicNs() };
    } catch (thrown) {
      if (!cancelled.aborted) throw thrown;
    } finally {
      cancelled.removeEventListener('abort', kill);
    }
    throw this.#closedError();
  }

  #install(next: Held): ReplaceOutcome {
    const { info, exited } = next.runner;
    const gapMs = this.#emptySinceNs === null ? null : nsToMs(next.sinceNs - this.#emptySinceNs);
    this.#held = next;
    this.#wanted = next.spec;
    this.#emptySinceNs = null;
    void exited.then((exit) => this.#lost(next, exit));
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(info);
    this.#options.events.runnerReady(info);
    return { info, gapMs };
  }

  #vacate(): Held | null {
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#emptySinceNs = this.#options.clock.monotonicNs();
    return held;
  }

  #lost(held: Held, exit: RunnerExit): void {
    if (this.#held !== held) return;
    this.#vacate();
    const { backoff, clock, events } = this.#options;
    if (nsToMs(clock.monotonicNs() - held.sinceNs) >= SOUND_AFTER_MS) backoff.reset();
    const retryInMs = backoff.next();
    events.runnerLost(exit, retryInMs);
    this.#restartAfter(retryInMs, held.spec);
  }

  #restartAfter(delayMs: number, spec: RunnerSpec): void {
    if (this.#closing !== null) return;
    const { backoff, events } = this.#options;
    const restart = new AbortController();
    this.#restart = restart;
    const start = async (): Promise<void> => {
      const next = await this.#begin(spec, restart.signal);
      this.#restart = null;
      this.#install(next);
    };
    const failed = (thrown: unknown): number => {
      const retryInMs = backoff.next();
      events.runnerFailed(asEdgeError(thrown, modelError, 'runner-start-failed'), retryInMs);
      return retryInMs;
    };
    void this.#tracked(keepTrying(start, delayMs, failed, restart.signal));
  }

  #cancelRestart(): void {
    this.#restart?.abort();
    this.#restart = null;
  }

  async #end(held: Held): Promise<void> {
    this.#ending.add(held);
    await held.runner.close();
    this.#ending.delete(held);
  }

  async #close(): Promise<void> {
    this.#cancelRestart();
    this.#replacement?.abort();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#closedError());
    const kill = setTimeout(() => {
      for (const held of this.#ending) held.life.abort();
    }, CLOSE_MS);
    const held = this.#vacate();
    if (held !== null) await this.#end(held);
    await Promise.allSettled(this.#tasks);
    clearTimeout(kill);
  }

  async #tracked<T>(task: Promise<T>): Promise<T> {
    this.#tasks.add(task);
    try {
      return await task;
    } finally {
      this.#tasks.delete(task);
    }
  }

  #closedError(): EdgeError {
    return modelError('slot-closed', `slot ${this.name}: closed`);
  }
}
