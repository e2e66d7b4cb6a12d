import { setTimeout as sleep } from 'node:timers/promises';
import type { Backoff } from '../backoff.js';
import type { SlotConfig } from '../config/schema.js';
import { asEdgeError, type EdgeError, modelError } from '../errors.js';
import type { RunnerSpec } from '../infer/runner.js';
import type { Slot } from '../infer/slot.js';
import { defaultThreads } from '../infer/threads.js';
import type { ModelPackage } from '../model/manifest.js';
import { chooseGraph, readPackage } from '../model/package.js';

export interface ModelHostEvents {
  /** The package or its graph can't be used; tried again, because a disk may be mounted late and a file mended. */
  failed(error: EdgeError, retryInMs: number): void;
  /** The package is read: what cameras need to know of it. */
  opened(model: ModelPackage): void;
  /** Its runner is ready. */
  loaded(): void;
}

/** Brings the configured model into a slot and remembers what the rest of the daemon asks about it. */
export class ModelHost {
  readonly slot: Slot;
  readonly config: SlotConfig;
  readonly #events: ModelHostEvents;
  readonly #backoff: Backoff;
  readonly #labels = new Map<string, readonly string[]>();
  #model: ModelPackage | null = null;
  /** Its runner has not been started yet. */
  #isFresh = false;
  #spec: RunnerSpec | null = null;

  constructor(slot: Slot, config: SlotConfig, events: ModelHostEvents, backoff: Backoff) {
    this.slot = slot;
    this.config = config;
    this.#events = events;
    this.#backoff = backoff;
  }

  /** null until the package could be read. */
  model(): ModelPackage | null {
    return this.#model;
  }

  /** null until the package could be read. */
  spec(): RunnerSpec | null {
    return this.#spec;
  }

  labels(digest: string): readonly string[] {
    return this.#labels.get(digest) ?? [];
  }

  /**
   * For a runner that is started again: throws the model error `package-changed` when the folder no longer holds the
   * package that was read, so that no other weights run under its name and labels; and what readPackage throws.
   */
  async checkUnchanged(): Promise<void> {
    if (this.#isFresh || this.#model === null) {
      this.#isFresh = false;
      return;
    }
    const { folder, digest } = this.#model;
    const found = await readPackage(folder);
    if (found.digest === digest) return;
    const { name, version } = found.manifest;
    throw modelError(
      'package-changed',
      `${folder} holds another package now (${name} ${version}) than the one that runs: restart edgenextd to use it`,
      { folder, digest, found: found.digest },
    );
  }

  /** Resolves when the model runs, or when aborted. */
  async load(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const model = this.#model ?? (await readPackage(this.config.package));
        // Else cameras would be started that nobody ends any more.
        if (signal.aborted) return;
        if (this.#model === null) this.#open(model);
        this.#spec = specOf(this.config, model);
        await this.slot.replace(this.#spec);
        this.#events.loaded();
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        const retryInMs = this.#backoff.next();
        this.#events.failed(asEdgeError(thrown, modelError, 'model-unusable'), retryInMs);
        this.#model = null;
        await sleep(retryInMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #open(model: ModelPackage): void {
    this.#model = model;
    this.#isFresh = true;
    this.#labels.set(model.digest, model.manifest.labels);
    this.#events.opened(model);
  }
}

/** The runner that the configuration asks for. */
function specOf(config: SlotConfig, model: ModelPackage): RunnerSpec {
  const { rung, graphPath, identity } = chooseGraph(model, config.rung ?? undefined, config.graph ?? undefined);
  return {
    binding: config.binding,
    graphPath,
    input: { width: rung.width, height: rung.height },
    classes: model.manifest.labels.length,
    threads: config.threads ?? defaultThreads(),
    providers: config.providers,
    deadlineMs: config.deadlineMs,
    nice: config.nice,
    model: identity,
  };
}
