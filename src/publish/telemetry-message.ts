import { z } from 'zod';
import { count, fates, header, name, probability, text, utc } from './parts.js';

/** Figures of the whole board, flat, because dashboards read them by one name each. */
export const BOARD_FIGURES = {
  cpuBusyPct: 'of all cores together, in the interval',
  cpuPressurePct: 'share of the last 10 s in which some task waited for a core',
  load1: 'tasks that run or want to, averaged over a minute',
  memoryTotalMB: 'of the board',
  memoryAvailableMB: 'what programs could still take, as the kernel estimates',
  swapUsedMB: 'of the board',
  diskTotalMB: 'of the file system that holds stateDir',
  diskFreeMB: 'of the same',
  diskWrittenMB: 'to the whole card or disk below it, by everybody, in the interval',
  diskWrittenMBPerDay: 'the same over the last 24 h, or over all of a shorter time: what wears a card out',
  ownWrittenMBPerDay: 'of this, by the daemon and its processes',
  receivedBytes: 'over network hardware, in the interval',
  sentBytes: 'over network hardware, in the interval',
  socTempC: 'the hottest place of the chip',
  headroomC: 'until the board starts to slow down; negative beyond',
  powerW: 'of what powerMeasures says',
  energyJ: 'in the interval, of what powerMeasures says',
  energyPerFrameJ: 'energyJ by the frames that became results: it includes what the idle board takes',
  gpuLoadPct: 'of the GPU',
  gpuMHz: 'clock of the GPU',
} as const;

export type BoardFigure = keyof typeof BOARD_FIGURES;

const figure = z.number().nullable();

const boardFigures = Object.fromEntries(
  Object.entries(BOARD_FIGURES).map(([key, meaning]) => [key, figure.describe(meaning)]),
) as Record<BoardFigure, typeof figure>;

const ms = z.number().min(0);
const percentiles = z.strictObject({ p50: ms, p95: ms, p99: ms });

const day = z.strictObject({
  day: z.iso.date().describe('UTC'),
  results: count,
  marginMean: probability.nullable().describe('null: no result'),
  classes: z
    .array(z.strictObject({ class_id: text, results: count }))
    .max(20)
    .describe('of single frames, the most frequent first'),
  otherResults: count.describe('of all other classes'),
});

export const telemetrySchema = z.strictObject({
  ...header,
  sessionId: text.describe('of this run of the daemon, as in state'),
  bootId: z.string().nullable(),
  intervalS: z.number().positive().describe('since the last telemetry: what "in the interval" means'),
  ...boardFigures,
  powerKind: z.enum(['measured', 'estimate', 'none']),
  powerMeasures: text.nullable().describe('the measuring point, with what it can not see'),
  powerErrorPct: figure.describe('of an estimate'),
  powerMode: text.nullable().describe('of a Jetson'),
  throttled: z
    .boolean()
    .nullable()
    .describe('whether the board is slower than it could be, for a reason that is no choice'),
  throttle: z
    .array(
      z.strictObject({
        counter: text,
        reason: text,
        active: z.boolean().describe('now, or at any time in the interval'),
        events: count.describe('in the interval'),
        eventsSinceStart: count.describe('of the daemon'),
        eventsSinceBoot: figure,
      }),
    )
    .describe('why the board was slowed down'),
  temperatures: z.array(z.strictObject({ sensor: text, tempC: figure, passiveTripC: figure })),
  rails: z
    .array(z.strictObject({ rail: text, powerW: figure, voltageMV: figure, currentMA: figure }))
    .describe('never to be added up: some are parts of others'),
  clocks: z.array(z.strictObject({ clock: text, frequencyMHz: figure, capMHz: figure, hardwareMaxMHz: figure })),
  fans: z.array(z.strictObject({ fan: text, dutyPct: figure, speedRpm: figure })),
  processes: z
    .array(
      z.strictObject({
        process: z.enum(['daemon', 'runner', 'camera']).describe('camera: the program that captures or decodes for it'),
        name: name.nullable().describe('of the slot or camera'),
        pid: z.int().positive(),
        cpuPct: figure.describe('in the interval; 100 is one core'),
        memoryMB: figure.describe('resident'),
      }),
    )
    .describe('those that belong to the daemon'),
  cameras: z.array(
    z.strictObject({
      camera: name,
      frames: fates.describe('by where they ended, in the interval'),
      framesSinceStart: fates,
      latencyMs: z
        .strictObject({
          wait: percentiles,
          transfer: percentiles,
          prepare: percentiles,
          network: percentiles,
          decode: percentiles,
          total: percentiles,
        })
        .nullable()
        .describe('by stage, in the interval, to within 1 %; null: no result'),
      today: day.describe('since midnight UTC, or since the start'),
      yesterday: day.nullable().describe('null: the daemon did not run then'),
    }),
  ),
  certificates: z.array(
    z.strictObject({
      certificate: text.describe('ca or cert of mqtt.tls'),
      expires: utc.nullable().describe('of several in one file the first that ends'),
      daysLeft: figure,
    }),
  ),
  unknown: z
    .array(z.strictObject({ field: text, reason: text }))
    .describe('why each figure that is null is not known, by its path'),
});
