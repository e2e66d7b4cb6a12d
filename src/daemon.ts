/**
 * The composition root: builds every part, hands each what it needs, starts the sinks first and stops in reverse.
 * Nothing waits for a broker, a camera or a model: each comes when it comes, and what is missing is a condition.
 */
import { randomUUID } from 'node:crypto';
import type { Identity } from './boards/identity.js';
import type { CameraStatus } from './capture/camera.js';
import type { Clock } from './clock.js';
import type { ConfigOutcome } from './config/last-good.js';
import type { Config } from './config/schema.js';
import { keepConfig, sayConfig } from './daemon/config-duty.js';
import { followSettings } from './daemon/follow-settings.js';
import { InventoryDuty } from './daemon/inventory-duty.js';
import type { ModelHost } from './daemon/model-host.js';
import { type OpenedCamera, openCamera } from './daemon/open-camera.js';
import { openSlots } from './daemon/open-slots.js';
import { createPictureNotes } from './daemon/pictures.js';
import { type CameraEntry, factsheetOf, type ReportParts, stateOf, waitingStatus } from './daemon/reports.js';
import { Settings } from './daemon/settings.js';
import { openSinks } from './daemon/sinks.js';
import { TelemetryDuty } from './daemon/telemetry.js';
import { createDispatcher } from './daemon/verbs.js';
import { IntervalWatch, raiseForCamera } from './daemon/watch.js';
import { ConditionRegistry } from './health/registry.js';
import { type Logger, setLogLevel } from './log.js';
import { runLoop } from './loop.js';
import type { ModelPackage } from './model/manifest.js';
import type { BrokerLink } from './publish/broker-link.js';
import type { Publisher } from './publish/publisher.js';
import { createStateReporter, type StateReporter } from './publish/state-reporter.js';
import { Inhibits } from './remote/inhibits.js';
import type { FrameResult } from './result.js';

export interface DaemonParts {
  readonly file: string;
  readonly outcome: ConfigOutcome;
  readonly board: Identity;
  readonly version: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Changes of state within this time go out as one message. */
const STATE_SHORTEST_MS = 250;

export class Daemon {
  readonly #parts: DaemonParts;
  readonly #config: Config;
  readonly #conditions: ConditionRegistry;
  readonly #watch: IntervalWatch;
  readonly #stopping = new AbortController();
  readonly #hosts = new Map<string, ModelHost>();
  readonly #cameras = new Map<string, CameraEntry>();
  readonly #loops: Promise<void>[] = [];
  readonly #notePicture: ReturnType<typeof createPictureNotes>;
  readonly #reports: ReportParts;
  readonly #telemetry: TelemetryDuty;
  readonly #settings: Settings;
  readonly #inhibits: Inhibits;
  readonly #inventory = new InventoryDuty();
  #publisher: Publisher | null = null;
  #broker: BrokerLink | null = null;
  #reporter: StateReporter | null = null;
  #fail: (bug: unknown) => void = () => undefined;
  #restart: () => void = () => undefined;

  /** Rejects when a bug ended a part that the daemon can't go on without; resolves when somebody asked for a restart. */
  readonly over: Promise<void>;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#config = parts.outcome.config;
    this.#conditions = new ConditionRegistry(parts.clock);
    this.#watch = new IntervalWatch(this.#conditions);
    this.#notePicture = createPictureNotes(this.#cameras, this.#hosts, parts.clock);
    this.#inhibits = new Inhibits(parts.clock, () => this.#reporter?.changed());
    const apply = (before: Config, now: Config) => this.#follow(before, now);
    this.#settings = new Settings({ ...parts, conditions: this.#conditions, apply });
    this.#reports = {
      config: this.#config,
      version: parts.version,
      sessionId: randomUUID(),
      startedNs: parts.clock.monotonicNs(),
      mode: ({ file: 'normal', 'last-good': 'last-good-config', minimal: 'minimal' } as const)[parts.outcome.source],
      configProblems: parts.outcome.problems.length,
      hosts: this.#hosts,
      cameras: this.#cameras,
      conditions: this.#conditions,
      settings: this.#settings,
      inhibits: this.#inhibits,
    };
    this.#telemetry = new TelemetryDuty(this.#reports, parts.clock);
    this.over = new Promise((resolve, reject) => {
      this.#restart = resolve;
      this.#fail = reject;
    });
  }

  /** Resolves when everything is under way. Throws a configuration error `socket-in-use` when another daemon runs here. */
  async start(): Promise<void> {
    const { log, outcome, board } = this.#parts;
    const config = this.#settings.load();
    if (config.log.level !== this.#config.log.level) setLogLevel(log, config.log.level);
    const { publisher, broker } = await openSinks(config, {
      ...this.#parts,
      conditions: this.#conditions,
      brokerOnline: () => this.#reporter?.changed(),
      dispatch: createDispatcher({
        ...this.#parts,
        config,
        reports: this.#reports,
        settings: this.#settings,
        inhibits: this.#inhibits,
        publisher: () => this.#publisher,
        restart: this.#restart,
      }),
    });
    this.#publisher = publisher;
    this.#broker = broker;
    this.#conditions.onChange((condition, active) => {
      log.warn({ condition: condition.id, ...condition.references, active }, condition.description);
      publisher.alert(condition, active);
      this.#reporter?.changed();
    });
    for (const raised of this.#conditions.snapshot()) publisher.alert(raised, true);
    broker?.start();
    sayConfig(outcome, this.#conditions, log);
    if (board.warning !== null && this.#config.device.serial === board.serial) log.warn(board.warning);
    for (const [id, { enabled, slot }] of Object.entries(config.cameras)) {
      const status = waitingStatus(enabled, this.#parts.clock.monotonicNs());
      this.#cameras.set(id, { slot, opened: null, status, picture: null });
    }
    openSlots(config, {
      ...this.#parts,
      hosts: this.#hosts,
      conditions: this.#conditions,
      signal: this.#stopping.signal,
      opened: (slot, model) => this.#openCameras(slot, model),
      ready: () => this.#factsChanged(),
      loaded: () => void this.#keepConfig(),
    });
    this.#reporter = createStateReporter({
      send: () => this.#sendState(),
      intervalMs: () => (this.#settings.current().mqtt?.stateIntervalS ?? 30) * 1000,
      shortestMs: STATE_SHORTEST_MS,
    });
    this.#sendFactsheet();
    this.#telemetry.start(publisher, this.#stopping.signal, (bug) => this.#fail(bug));
    this.#inventory.start(this.#stopping.signal, () => this.#sendFactsheet());
    if (this.#hosts.size === 0) await this.#keepConfig();
  }

  /** Ends everything within two seconds: cameras, loops, runners, then the sinks. Never throws. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#settings.close();
    this.#inhibits.close();
    const cameras = [...this.#cameras.values()].map(({ opened }) => opened?.camera.close());
    await Promise.allSettled([...cameras, ...[...this.#hosts.values()].map(({ slot }) => slot.close())]);
    await Promise.allSettled(this.#loops);
    if (this.#reporter !== null) this.#sendState();
    this.#reporter?.close();
    await this.#publisher?.close();
  }

  /** The cameras of a slot start when its package is read, so that they know the capture size; its runner may come later. */
  #openCameras(slotName: string, { manifest }: ModelPackage): void {
    const { clock, log, random } = this.#parts;
    const host = this.#hosts.get(slotName);
    const opened: OpenedCamera[] = [];
    for (const [id, config] of Object.entries(this.#config.cameras)) {
      const entry = this.#cameras.get(id);
      if (config.slot !== slotName || entry === undefined || entry.opened !== null) continue;
      const settings = () => this.#settings.current().cameras[id] ?? config;
      const camera = openCamera(id, settings, manifest, { clock, log, random, searchPath: process.env.PATH ?? '' });
      this.#cameras.set(id, { ...entry, opened: camera });
      opened.push(camera);
    }
    if (host === undefined || opened.length === 0) return;
    for (const { camera } of opened) camera.onStatus((status) => this.#cameraChanged(camera.id, status));
    const labels = (digest: string) => host.labels(digest);
    const publish = (result: FrameResult) => this.#publish(result);
    const loop = runLoop({ slot: host.slot, cameras: opened, labels, publish, clock }, this.#stopping.signal);
    this.#loops.push(loop);
    loop.catch((bug) => this.#fail(bug));
    for (const { camera } of opened) camera.start();
    this.#sendFactsheet();
  }

  #publish(result: FrameResult): void {
    this.#publisher?.result(result);
    this.#telemetry.result(result);
    const news = this.#notePicture(result);
    if (news === null) return;
    this.#parts.log.info(news, 'share of the picture that the network sees');
    this.#sendFactsheet();
  }

  #cameraChanged(id: string, status: CameraStatus): void {
    const { state, fps, reason } = status;
    raiseForCamera(id, status, this.#conditions);
    this.#publisher?.camera({ camera: id, online: state === 'online', fps, reason });
    this.#reporter?.changed();
  }

  #factsChanged(): void {
    this.#sendFactsheet();
    this.#reporter?.changed();
  }

  async #follow(before: Config, now: Config): Promise<void> {
    const followers = { cameras: this.#cameras, publisher: this.#publisher, log: this.#parts.log };
    const following = followSettings(before, now, { ...followers, nowNs: this.#parts.clock.monotonicNs() });
    this.#factsChanged();
    await following;
  }

  #sendState(): void {
    this.#watch.look({
      cameras: [...this.#cameras.values()].flatMap(({ opened, slot }) => (opened ? [{ ...opened, slot }] : [])),
      dropped: this.#broker?.counts().dropped ?? {},
      wallMs: this.#parts.clock.wallMs(),
      nowNs: this.#parts.clock.monotonicNs(),
    });
    this.#publisher?.state(stateOf(this.#reports));
  }

  #sendFactsheet(): void {
    this.#publisher?.factsheet(factsheetOf(this.#reports, this.#inventory.known()));
  }

  /** What the daemon has started on is good once every slot has its model. */
  async #keepConfig(): Promise<void> {
    const { outcome, file, log } = this.#parts;
    if ([...this.#hosts.values()].some(({ slot }) => slot.current() === null)) return;
    await keepConfig(file, outcome, this.#conditions, log);
  }
}
