import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSensors } from '../boards/sensors.js';
import type { Clock } from '../clock.js';
import type { Publisher } from '../publish/publisher.js';
import type { FrameResult } from '../result.js';
import type { WatchedProcess } from '../telemetry/processes.js';
import { Telemetry } from '../telemetry/telemetry.js';
import type { ReportParts } from './reports.js';
import { createSensorInterval } from './sensor-facts.js';

/** Power is summed up to energy, and throttling noticed, from rounds of the sensors that are this far apart at most. */
const SENSE_EVERY_MS = 5000;

/** Collects what telemetry says, and says it every interval. */
export class TelemetryDuty {
  readonly #parts: ReportParts;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;

  constructor(parts: ReportParts, clock: Clock) {
    const { config, cameras } = parts;
    const { ca = null, cert = null } = config.mqtt?.tls ?? {};
    this.#parts = parts;
    this.#clock = clock;
    this.#telemetry = new Telemetry({
      root: '',
      clock,
      folder: resolve(config.stateDir),
      certificates: Object.entries({ ca, cert }).flatMap(([certificate, path]) =>
        path === null ? [] : [{ certificate, path }],
      ),
      processes: () => [...ownProcesses(parts)],
      cameras: () =>
        [...cameras].flatMap(([camera, { opened }]) =>
          opened === null ? [] : [{ camera, fates: opened.camera.fates() }],
        ),
    });
  }

  result(result: FrameResult): void {
    this.#telemetry.result(result);
  }

  /** Until aborted. `failed` is told of a bug, which ends it. */
  start(publisher: Publisher, signal: AbortSignal, failed: (bug: unknown) => void): void {
    this.#run(publisher, signal).catch(failed);
  }

  async #run(publisher: Publisher, signal: AbortSignal): Promise<void> {
    const { sessionId, settings } = this.#parts;
    const sensors = createSensors({ clock: this.#clock });
    const interval = createSensorInterval();
    interval.see(await sensors.read());
    while (!signal.aborted) {
      let leftMs = settings.current().telemetry.intervalS * 1000;
      while (leftMs > SENSE_EVERY_MS && !signal.aborted) {
        await wait(SENSE_EVERY_MS, signal);
        leftMs -= SENSE_EVERY_MS;
        interval.see(await sensors.read());
      }
      await wait(leftMs, signal);
      const readings = await sensors.read();
      const { board, ...round } = await this.#telemetry.round();
      if (signal.aborted) break;
      interval.see(readings);
      const frames = round.cameras.reduce((sum, camera) => sum + camera.frames.done, 0);
      const { figures, facts } = interval.take(readings, round.intervalS, frames);
      publisher.telemetry({ sessionId, ...round, ...facts, board: { ...board, ...figures } });
    }
    sensors.close();
  }
}

function* ownProcesses({ hosts, cameras }: ReportParts): Generator<WatchedProcess> {
  yield { role: 'daemon', name: null, pid: process.pid };
  for (const [name, { slot }] of hosts) {
    const runner = slot.current();
    if (runner !== null) yield { role: 'runner', name, pid: runner.pid };
  }
  for (const [name, { opened }] of cameras) {
    const pid = opened?.camera.programPid() ?? null;
    if (pid !== null) yield { role: 'camera', name, pid };
  }
}

const wait = (ms: number, signal: AbortSignal): Promise<unknown> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
