import { createBackoff } from '../backoff.js';
import type { Clock } from '../clock.js';
import type { Config } from '../config/schema.js';
import type { EdgeError } from '../errors.js';
import type { ConditionRegistry } from '../health/registry.js';
import { startRunner } from '../infer/child-runner.js';
import { runnerEntry } from '../infer/entry.js';
import { createSlot } from '../infer/model-slot.js';
import type { RunnerInfo } from '../infer/runner.js';
import type { Logger } from '../log.js';
import type { ModelPackage } from '../model/manifest.js';
import { ModelHost } from './model-host.js';
import { raiseForModel, watchSlot } from './watch.js';

const RETRY_MODEL = { baseMs: 1000, capMs: 60_000 };
const RESTART_RUNNER = { baseMs: 500, capMs: 60_000 };

export interface SlotTools {
  readonly hosts: Map<string, ModelHost>;
  readonly conditions: ConditionRegistry;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** The package of a slot is read. */
  readonly opened: (slot: string, model: ModelPackage) => void;
  /** A runner is ready, also one that was started again. */
  readonly ready: () => void;
  /** The model of a slot runs. */
  readonly loaded: () => void;
}

/** A slot for each that is configured, with its model on the way into it. */
export function openSlots(config: Config, tools: SlotTools): void {
  const { hosts, conditions, log, clock, random, signal } = tools;
  for (const [name, settings] of Object.entries(config.slots)) {
    const watched = watchSlot(name, conditions, log);
    const slot = createSlot({
      name,
      start: async (spec, runnerSignal) => {
        await hosts.get(name)?.checkUnchanged();
        return startRunner(spec, { entry: runnerEntry, signal: runnerSignal });
      },
      events: {
        ...watched,
        runnerReady: (info: RunnerInfo) => {
          watched.runnerReady(info);
          tools.ready();
        },
      },
      backoff: createBackoff({ ...RESTART_RUNNER, random }),
      clock,
    });
    const events = {
      failed: (error: EdgeError, retryInMs: number) => {
        log.error({ slot: name, code: error.code, retryInMs }, error.message);
        raiseForModel(name, error, retryInMs, conditions);
      },
      opened: (model: ModelPackage) => tools.opened(name, model),
      loaded: () => {
        conditions.clear('model-missing', name);
        tools.loaded();
      },
    };
    const host = new ModelHost(slot, settings, events, createBackoff({ ...RETRY_MODEL, random }));
    hosts.set(name, host);
    void host.load(signal);
  }
}
