import { isClockSynchronized } from '../boards/clock-sync.js';
import type { Camera, CameraStatus } from '../capture/camera.js';
import type { EdgeError } from '../errors.js';
import type { FrameFate } from '../frame.js';
import type { ConditionId } from '../health/conditions.js';
import type { ConditionRegistry } from '../health/registry.js';
import type { RunnerInfo } from '../infer/runner.js';
import type { SlotEvents } from '../infer/slot.js';
import type { Logger } from '../log.js';
import type { BrokerListener } from '../publish/broker-link.js';

/** From what happens to what is wrong: the one place that raises and clears conditions for the parts of the daemon. */

/** Retrying will not mend these: a person has to. */
const REFUSED = ['broker-auth', 'broker-taken-over', 'broker-tls', 'broker-tls-file', 'broker-version'];

export function watchBroker(conditions: ConditionRegistry, online: () => void): BrokerListener {
  return {
    online() {
      conditions.clear('broker-offline');
      conditions.clear('broker-refused');
      online();
    },
    commands(failure) {
      if (failure === null) conditions.clear('commands-refused');
      else conditions.raise('commands-refused', null, { reason: failure.message });
    },
    offline(error, retryInMs) {
      const refused = REFUSED.includes(error.code);
      conditions.clear(refused ? 'broker-offline' : 'broker-refused');
      conditions.raise(refused ? 'broker-refused' : 'broker-offline', null, reasonOf(error, retryInMs));
    },
  };
}

export function watchSlot(name: string, conditions: ConditionRegistry, log: Logger): SlotEvents {
  return {
    runnerReady(info: RunnerInfo) {
      conditions.clear('runner-failing', name);
      const { providersAsked, providersCompiledIn, providerActual, providerReason } = info;
      const facts = { actual: providerActual, reason: providerReason };
      if (providerReason === null) conditions.clear('provider-fallback', name);
      else conditions.raise('provider-fallback', name, { asked: providersAsked.join(', '), ...facts });
      log.info({ slot: name, ...info, providersCompiledIn }, 'runner ready');
    },
    runnerLost({ code, signal, stderrTail, reason }, retryInMs) {
      conditions.raise('runner-failing', name, { reason, exitCode: code, signal, said: stderrTail, retryInMs });
      log.error({ slot: name, code, signal, stderrTail, retryInMs }, reason);
    },
    runnerFailed(error, retryInMs) {
      conditions.raise('runner-failing', name, { reason: error.message, retryInMs });
      log.error({ slot: name, retryInMs }, error.message);
    },
  };
}

export function raiseForModel(slot: string, error: EdgeError, retryInMs: number, conditions: ConditionRegistry): void {
  const started = ['runner-start-failed', 'runner-crashed'].includes(error.code);
  conditions.raise(started ? 'runner-failing' : 'model-missing', slot, reasonOf(error, retryInMs));
}

const CAMERA_CONDITIONS = ['camera-offline', 'camera-stalled', 'camera-ended'] as const;

export function raiseForCamera(id: string, status: CameraStatus, conditions: ConditionRegistry): void {
  const raised = conditionOf(status);
  for (const each of CAMERA_CONDITIONS) if (each !== raised) conditions.clear(each, id);
  if (raised !== null) conditions.raise(raised, id, { reason: status.reason });
}

function conditionOf({ state, code }: CameraStatus): (typeof CAMERA_CONDITIONS)[number] | null {
  if (state === 'ended') return 'camera-ended';
  if (state !== 'offline') return null;
  return code === 'source-stalled' ? 'camera-stalled' : 'camera-offline';
}

type Fates = Readonly<Record<FrameFate, number>>;

export interface IntervalFacts {
  readonly cameras: readonly { readonly camera: Camera; readonly slot: string }[];
  /** Messages that did not reach the broker since the start, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly wallMs: number;
  readonly nowNs: bigint;
}

/** Shares of fewer frames say little: a state is told on every change, and each of these conditions is a change too. */
const SHORTEST_INTERVAL_NS = 10_000_000_000n;

/** Looks, when the state is told, at what went wrong since the last look; often told, it looks every ten seconds. */
export class IntervalWatch {
  readonly #conditions: ConditionRegistry;
  readonly #fatesBefore = new Map<string, Fates>();
  #droppedBefore = 0;
  #lookedNs: bigint | null = null;

  constructor(conditions: ConditionRegistry) {
    this.#conditions = conditions;
  }

  look({ cameras, dropped, wallMs, nowNs }: IntervalFacts): void {
    if (this.#lookedNs !== null && nowNs - this.#lookedNs < SHORTEST_INTERVAL_NS) return;
    this.#lookedNs = nowNs;
    for (const { camera, slot } of cameras) this.#lookAt(camera, slot);
    const droppedNow = dropped['queue-full'] ?? 0;
    const lost = droppedNow - this.#droppedBefore;
    this.#droppedBefore = droppedNow;
    this.#set('results-dropped', null, lost > 0, { messages: lost });
    // Unknown is no condition: many boards have no service that tells.
    this.#set('clock-unsynchronized', null, isClockSynchronized(wallMs) === false, {});
  }

  #lookAt(camera: Camera, slot: string): void {
    const now = camera.fates();
    const before = this.#fatesBefore.get(camera.id);
    this.#fatesBefore.set(camera.id, now);
    if (before === undefined) return;
    const since = (fate: FrameFate): number => now[fate] - before[fate];
    const taken = since('done') + since('tooOld') + since('corrupt') + since('deadline');
    this.#set('camera-corrupt', camera.id, since('corrupt') > 0.1 * taken, { frames: since('corrupt'), of: taken });
    this.#set('frames-too-old', camera.id, since('tooOld') > 0.5 * taken, { frames: since('tooOld'), of: taken });
    this.#set('runner-slow', slot, since('deadline') > 0, { camera: camera.id, frames: since('deadline') });
  }

  #set(
    id: ConditionId,
    subject: string | null,
    holds: boolean,
    facts: Readonly<Record<string, string | number>>,
  ): void {
    if (holds) this.#conditions.raise(id, subject, facts);
    else this.#conditions.clear(id, subject);
  }
}

const reasonOf = (error: EdgeError, retryInMs: number) => ({ code: error.code, reason: error.message, retryInMs });
