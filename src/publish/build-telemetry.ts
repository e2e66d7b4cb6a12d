import type { FrameFate } from '../frame.js';
import { type Draft, headerOf, type MessageContext, roundScore } from './context.js';
import type { Message } from './messages.js';
import { BOARD_FIGURES, type BoardFigure } from './telemetry-message.js';

/** A number, or why it is not known. */
export type FigureFacts = number | { readonly unknown: string };

type Stage = 'wait' | 'transfer' | 'prepare' | 'network' | 'decode' | 'total';
type Percentiles = { readonly p50: number; readonly p95: number; readonly p99: number };

interface DayFacts {
  readonly day: string;
  readonly results: number;
  readonly marginMean: number;
  readonly classes: readonly { readonly classId: string; readonly results: number }[];
  readonly otherResults: number;
}

export interface TelemetryFacts {
  readonly sessionId: string;
  readonly intervalS: number;
  readonly board: Readonly<Record<BoardFigure, FigureFacts>>;
  readonly powerKind: Message<'telemetry'>['powerKind'];
  readonly powerMeasures: string | null;
  readonly powerErrorPct: number | null;
  readonly powerMode: string | null;
  readonly throttled: boolean | null;
  readonly throttle: readonly {
    readonly counter: string;
    readonly reason: string;
    readonly active: boolean;
    readonly events: number;
    readonly eventsSinceStart: number;
    readonly eventsSinceBoot: FigureFacts;
  }[];
  readonly temperatures: readonly {
    readonly sensor: string;
    readonly tempC: FigureFacts;
    readonly passiveTripC: number | null;
  }[];
  readonly rails: readonly {
    readonly rail: string;
    readonly powerW: FigureFacts;
    readonly voltageMV: FigureFacts;
    readonly currentMA: FigureFacts;
  }[];
  readonly clocks: readonly {
    readonly clock: string;
    readonly frequencyMHz: FigureFacts;
    readonly capMHz: FigureFacts;
    readonly hardwareMaxMHz: FigureFacts;
  }[];
  readonly fans: readonly { readonly fan: string; readonly dutyPct: FigureFacts; readonly speedRpm: FigureFacts }[];
  readonly processes: readonly {
    readonly role: Message<'telemetry'>['processes'][number]['process'];
    readonly name: string | null;
    readonly pid: number;
    readonly cpuPct: FigureFacts;
    readonly memoryMB: FigureFacts;
  }[];
  readonly cameras: readonly {
    readonly camera: string;
    readonly frames: Readonly<Record<FrameFate, number>>;
    readonly framesTotal: Readonly<Record<FrameFate, number>>;
    readonly latencyMs: Readonly<Record<Stage, Percentiles>> | null;
    readonly today: DayFacts;
    readonly yesterday: DayFacts | null;
  }[];
  readonly certificates: readonly { readonly certificate: string; readonly expiresMs: FigureFacts }[];
}

/** What the board and our processes take, and what became of the frames. Every null figure is named in `unknown`. */
export function buildTelemetry(context: MessageContext, facts: TelemetryFacts): Draft<Message<'telemetry'>> {
  const unknown: Message<'telemetry'>['unknown'] = [];
  const say = (field: string, figure: FigureFacts): number | null => {
    if (typeof figure === 'number') return roundFigure(figure);
    unknown.push({ field, reason: figure.unknown });
    return null;
  };
  /** The figures of one row, each under the row's path. */
  const sayAll = <K extends string>(path: string, row: Readonly<Record<K, FigureFacts>>): Record<K, number | null> =>
    Object.fromEntries(
      Object.entries<FigureFacts>(row).map(([key, figure]) => [key, say(`${path}${key}`, figure)]),
    ) as Record<K, number | null>;
  const board = Object.keys(BOARD_FIGURES).map((key) => [key, facts.board[key as BoardFigure]] as const);

  return {
    ...headerOf(context),
    sessionId: facts.sessionId,
    bootId: context.bootId,
    intervalS: roundFigure(facts.intervalS),
    ...sayAll('', Object.fromEntries(board) as TelemetryFacts['board']),
    powerKind: facts.powerKind,
    powerMeasures: facts.powerMeasures,
    powerErrorPct: facts.powerErrorPct,
    powerMode: facts.powerMode,
    throttled: facts.throttled,
    throttle: facts.throttle.map(({ eventsSinceBoot, ...each }) => ({
      ...each,
      ...sayAll(`throttle.${each.counter}.`, { eventsSinceBoot }),
    })),
    temperatures: facts.temperatures.map(({ sensor, tempC, passiveTripC }) => ({
      sensor,
      ...sayAll(`temperatures.${sensor}.`, { tempC }),
      passiveTripC,
    })),
    rails: facts.rails.map(({ rail, ...figures }) => ({ rail, ...sayAll(`rails.${rail}.`, figures) })),
    clocks: facts.clocks.map(({ clock, ...figures }) => ({ clock, ...sayAll(`clocks.${clock}.`, figures) })),
    fans: facts.fans.map(({ fan, ...figures }) => ({ fan, ...sayAll(`fans.${fan}.`, figures) })),
    processes: facts.processes.map(({ role, name, pid, ...figures }) => ({
      process: role,
      name,
      pid,
      ...sayAll(`processes.${name === null ? role : `${role}.${name}`}.`, figures),
    })),
    cameras: facts.cameras.map(({ camera, frames, framesTotal, latencyMs, today, yesterday }) => ({
      camera,
      frames: { ...frames },
      framesSinceStart: { ...framesTotal },
      latencyMs: latencyMs === null ? null : mapStages(latencyMs),
      today: dayOf(today),
      yesterday: yesterday === null ? null : dayOf(yesterday),
    })),
    certificates: facts.certificates.map(({ certificate, expiresMs }) => {
      const known = typeof expiresMs === 'number';
      return {
        certificate,
        expires: known ? new Date(expiresMs).toISOString() : null,
        daysLeft: say(`certificates.${certificate}`, known ? (expiresMs - context.now.wallMs) / 86_400_000 : expiresMs),
      };
    }),
    unknown,
  };
}

const roundFigure = (value: number): number => Math.round(value * 1000) / 1000;

const roundStage = ({ p50, p95, p99 }: Percentiles): Percentiles => ({
  p50: roundFigure(p50),
  p95: roundFigure(p95),
  p99: roundFigure(p99),
});

const mapStages = (latencyMs: Readonly<Record<Stage, Percentiles>>): Record<Stage, Percentiles> =>
  Object.fromEntries(
    Object.entries<Percentiles>(latencyMs).map(([stage, each]) => [stage, roundStage(each)]),
  ) as Record<Stage, Percentiles>;

const dayOf = ({ day, results, marginMean, classes, otherResults }: DayFacts) => ({
  day,
  results,
  marginMean: results === 0 ? null : roundScore(marginMean),
  classes: classes.map(({ classId, results: of }) => ({ class_id: classId, results: of })),
  otherResults,
});
