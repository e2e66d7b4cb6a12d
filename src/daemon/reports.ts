import { availableParallelism, release, totalmem } from 'node:os';
import type { Inventory } from '../boards/read-inventory.js';
import type { CameraStatus } from '../capture/camera.js';
import { disabledSince } from '../capture/switched-camera.js';
import type { Config } from '../config/schema.js';
import { FRAME_FATES, type FrameFate } from '../frame.js';
import type { ConditionRegistry } from '../health/registry.js';
import { seenShare } from '../prepare/geometry.js';
import type { FactsheetFacts, StateFacts } from '../publish/build-health.js';
import type { Inhibits } from '../remote/inhibits.js';
import type { ModelHost } from './model-host.js';
import type { OpenedCamera } from './open-camera.js';
import type { Settings } from './settings.js';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A configured camera. */
export interface CameraEntry {
  readonly slot: string;
  /** null until the package of its slot is read. */
  readonly opened: OpenedCamera | null;
  /** Of one that is not opened yet. */
  readonly status: CameraStatus;
  /** Size of its pictures, from the first answer on. */
  readonly picture: Size | null;
}

/** Of a camera whose slot has no package yet. */
export const waitingStatus = (isEnabled: boolean, sinceNs: bigint): CameraStatus =>
  isEnabled
    ? { state: 'starting', reason: 'waits for the model package of its slot', code: null, sinceNs, fps: null }
    : disabledSince(sinceNs);

/** What the daemon says about itself is read off these parts whenever it is said. */
export interface ReportParts {
  readonly config: Config;
  readonly version: string;
  readonly sessionId: string;
  readonly startedNs: bigint;
  readonly mode: StateFacts['mode'];
  readonly configProblems: number;
  readonly hosts: ReadonlyMap<string, ModelHost>;
  readonly cameras: ReadonlyMap<string, CameraEntry>;
  readonly conditions: ConditionRegistry;
  readonly settings: Pick<Settings, 'list' | 'current'>;
  readonly inhibits: Pick<Inhibits, 'list'>;
}

const NO_FRAMES = Object.fromEntries(FRAME_FATES.map((fate) => [fate, 0])) as Record<FrameFate, number>;

export function stateOf(parts: ReportParts): StateFacts {
  const { sessionId, startedNs, mode, configProblems, conditions } = parts;
  const failing = conditions.snapshot();
  return {
    sessionId,
    startedNs,
    mode,
    configProblems,
    cameras: [...parts.cameras].map(([camera, { opened, status }]) => {
      const { state, reason, sinceNs, fps } = opened?.camera.status() ?? status;
      return { camera, state, reason, sinceNs, fps, frames: opened?.camera.fates() ?? NO_FRAMES };
    }),
    slots: [...parts.hosts].map(([slot, host]) => {
      const info = host.slot.current();
      const why = failing.find(({ subject, level }) => subject === slot && level === 'CRITICAL')?.references.reason;
      return { slot, ready: info !== null, model: info?.model ?? null, reason: typeof why === 'string' ? why : null };
    }),
    conditions: failing,
    settings: parts.settings.list(),
    inhibits: parts.inhibits.list(),
  };
}

export function factsheetOf(parts: ReportParts, board: Inventory | null): FactsheetFacts {
  const { version } = parts;
  return {
    daemon: { name: 'edgenextd', version, node: process.version },
    board: {
      model: board?.board ?? null,
      arch: process.arch,
      os: board?.os ?? null,
      kernel: board?.kernel ?? release(),
      cpu: board?.processor ?? null,
      cores: board?.cores ?? availableParallelism(),
      memoryMB: Math.round((board?.memoryBytes ?? totalmem()) / 2 ** 20),
    },
    cameras: [...parts.cameras].map(([camera, entry]) => cameraFacts(camera, entry, parts)),
    slots: [...parts.hosts].map(([slot, host]) => slotFacts(slot, host)),
    limits: { stateIntervalS: parts.settings.current().mqtt?.stateIntervalS ?? 30, maxPayloadBytes: 131_072 },
  };
}

function cameraFacts(camera: string, { opened, picture }: CameraEntry, { config, hosts }: ReportParts) {
  const settings = config.cameras[camera];
  if (settings === undefined) throw new Error(`camera ${camera} is not configured`);
  const host = hosts.get(settings.slot);
  const seen = opened === null ? [] : sharesSeen(opened, picture, host?.spec()?.input ?? null);
  return {
    camera,
    source: settings.source.split(':', 1)[0] ?? '',
    slot: settings.slot,
    captureSize: opened?.captureSize ?? null,
    rotate: settings.rotate,
    fit: settings.fit ?? host?.model()?.manifest.input.fit ?? 'crop',
    networkSees: Object.keys(settings.regions).length === 0 ? (seen[0]?.networkSees ?? null) : null,
    regions: seen.flatMap(({ region, networkSees }) => (region === null ? [] : [{ region, networkSees }])),
    maxAgeMs: settings.maxAgeMs,
  };
}

/** The share of the picture that reaches the network, by region; null until the picture's size is known. */
export function sharesSeen({ regions }: OpenedCamera, picture: Size | null, input: Size | null) {
  return regions.map(({ name, view }) => ({
    region: name,
    networkSees: picture === null || input === null ? null : Math.round(seenShare(picture, view, input) * 1e4) / 1e4,
  }));
}

function slotFacts(slot: string, host: ModelHost): FactsheetFacts['slots'][number] {
  const info = host.slot.current();
  const model = info?.model ?? null;
  return {
    slot,
    model,
    input: info === null ? null : (host.spec()?.input ?? null),
    labels: model === null ? null : [...host.labels(model.digest)],
    runtime: info?.runtime ?? null,
    providersAsked: [...host.config.providers],
    providerActual: info?.providerActual ?? null,
    providerReason: info?.providerReason ?? null,
    threads: info?.threads ?? null,
  };
}
