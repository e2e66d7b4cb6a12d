/**
 * telemetry/: what the board and our processes take, and what became of the frames, round by round. The boards' sensors
 * are read in boards/; daemon/telemetry.ts brings the two together.
 *
 * Promises: a round starts no process and takes milliseconds of CPU; each figure is a number, or why nobody knows it.
 * `result`, once a frame, allocates nothing that stays. A file system that does not answer makes its own figures unknown
 * and nothing else.
 *
 *   board-load, disk, processes, certificates   what is read, under a root that tests replace
 *   latency, days                               what is counted of results, in bounded memory
 *   figures, day-rate                           numbers or reasons; from totals to growth
 *
 * To test: give it a folder with a /proc of your own.
 */
import type { Clock } from '../clock.js';
import { FRAME_FATES, type FrameFate } from '../frame.js';
import type { FrameResult } from '../result.js';
import { type BoardLoad, createBoardLoad } from './board-load.js';
import { type CertificateExpiry, type CertificateFile, createCertificates } from './certificates.js';
import { type DayFacts, Days } from './days.js';
import { createDiskUse, type DiskUse } from './disk.js';
import { type Percentiles, type Stage, StageLatency } from './latency.js';
import { createProcessUse, type ProcessesUse, type WatchedProcess } from './processes.js';

export interface WatchedCamera {
  readonly camera: string;
  /** Since the start. */
  readonly fates: Readonly<Record<FrameFate, number>>;
}

export interface CameraTelemetry {
  readonly camera: string;
  /** Since the last round. */
  readonly frames: Readonly<Record<FrameFate, number>>;
  readonly framesTotal: Readonly<Record<FrameFate, number>>;
  /** null: no result since the last round. */
  readonly latencyMs: Readonly<Record<Stage, Percentiles>> | null;
  readonly today: DayFacts;
  readonly yesterday: DayFacts | null;
}

export interface Round {
  /** Since the last round, or since the start. */
  readonly intervalS: number;
  readonly board: BoardLoad & DiskUse & Pick<ProcessesUse, 'ownWrittenMBPerDay'>;
  readonly processes: ProcessesUse['processes'];
  readonly cameras: readonly CameraTelemetry[];
  readonly certificates: readonly CertificateExpiry[];
}

export interface TelemetryParts {
  /** '' for the machine itself. */
  readonly root: string;
  readonly clock: Clock;
  /** Whose disk is looked at, absolute. */
  readonly folder: string;
  readonly certificates: readonly CertificateFile[];
  readonly processes: () => readonly WatchedProcess[];
  readonly cameras: () => readonly WatchedCamera[];
}

class CameraCounts {
  readonly latency = new StageLatency();
  readonly days = new Days();
  fatesBefore: Partial<Record<FrameFate, number>> = {};
}

export class Telemetry {
  readonly #parts: TelemetryParts;
  readonly #boardLoad: () => BoardLoad;
  readonly #diskUse: ReturnType<typeof createDiskUse>;
  readonly #processUse: ReturnType<typeof createProcessUse>;
  readonly #certificates: ReturnType<typeof createCertificates>;
  readonly #counts = new Map<string, CameraCounts>();
  #roundNs: bigint;

  constructor(parts: TelemetryParts) {
    this.#parts = parts;
    this.#boardLoad = createBoardLoad(parts.root);
    this.#diskUse = createDiskUse(parts.root, parts.folder);
    this.#processUse = createProcessUse(parts.root);
    this.#certificates = createCertificates(parts.certificates);
    this.#roundNs = parts.clock.monotonicNs();
  }

  result({ camera, classId, margin, durations }: FrameResult): void {
    const counts = this.#countsOf(camera);
    counts.latency.add(durations);
    counts.days.add(classId, margin, this.#parts.clock.wallMs());
  }

  /** Reads and counts everything since the last round; call one after the other. */
  async round(): Promise<Round> {
    const { clock, processes, cameras } = this.#parts;
    const nowNs = clock.monotonicNs();
    const intervalS = Number(nowNs - this.#roundNs) / 1e9;
    this.#roundNs = nowNs;
    const load = this.#boardLoad();
    const { processes: used, ownWrittenMBPerDay } = this.#processUse(processes(), nowNs, intervalS);
    const seen = cameras().map((camera) => this.#cameraRound(camera));
    const [disk, certificates] = await Promise.all([this.#diskUse(nowNs), this.#certificates()]);
    return { intervalS, board: { ...load, ...disk, ownWrittenMBPerDay }, processes: used, cameras: seen, certificates };
  }

  #cameraRound({ camera, fates }: WatchedCamera): CameraTelemetry {
    const counts = this.#countsOf(camera);
    const before = counts.fatesBefore;
    counts.fatesBefore = fates;
    const since = FRAME_FATES.map((fate) => [fate, fates[fate] - (before[fate] ?? 0)] as const);
    return {
      camera,
      frames: Object.fromEntries(since) as Record<FrameFate, number>,
      framesTotal: fates,
      latencyMs: counts.latency.take(),
      ...counts.days.facts(this.#parts.clock.wallMs()),
    };
  }

  #countsOf(camera: string): CameraCounts {
    let counts = this.#counts.get(camera);
    if (counts === undefined) {
      counts = new CameraCounts();
      this.#counts.set(camera, counts);
    }
    return counts;
  }
}
