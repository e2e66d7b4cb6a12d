import { z } from 'zod';
import { ackSchema, commandSchema } from './command-messages.js';
import {
  cameraState,
  classScore,
  count,
  durations,
  fates,
  frameReference,
  header,
  level,
  model,
  name,
  probability,
  reference,
  size,
  text,
  utc,
} from './parts.js';
import { telemetrySchema } from './telemetry-message.js';
import type { MessageKind } from './topics.js';

/**
 * What the daemon says, one schema a topic: the single source of types, documentation and checks.
 * Fields may be added within version 1; readers ignore what they don't know.
 */
const connectionSchema = z.strictObject({
  ...header,
  connectionState: z.enum(['ONLINE', 'OFFLINE', 'CONNECTION_BROKEN']),
  sessionId: text.describe('of this connection: a will with another id than the last ONLINE is an old one'),
});

const resultSchema = z.strictObject({
  ...header,
  ...frameReference,
  validForMs: z.number().positive().describe('from the capture on; later the result says nothing about the world'),
  slot: name,
  model,
  durations,
  task: z.enum(['classify', 'detect', 'segment']).describe('only classify so far'),
  class_id: text.describe('what this frame alone says; unknown below the thresholds'),
  score: probability,
  margin: probability.describe('distance of the best score to the second'),
  results: z.array(classScore).max(5).describe('best first, as in vision_msgs/Classification'),
  held: z
    .strictObject({ class_id: text, score: probability.nullable(), since: utc })
    .describe('what the camera is held to see, after smoothing'),
  imageSize: size.nullable().describe('of the picture as it was decoded, before rotation'),
  detections: z
    .array(
      z.strictObject({
        ...classScore.shape,
        bbox: z.strictObject({
          center: z.strictObject({ x: z.number(), y: z.number() }),
          size_x: z.number(),
          size_y: z.number(),
        }),
      }),
    )
    .nullable()
    .describe('reserved for task detect: boxes in pixels of imageSize'),
});

const eventSchema = z.strictObject({
  ...header,
  ...frameReference,
  id: text.describe('unique; a message that is delivered twice has the same id'),
  event: z.literal('class-change'),
  slot: name,
  from: text.nullable().describe('null: the first class since the start'),
  to: text,
  score: probability.nullable(),
  decidedAfterMs: z.number().min(0).describe('capture of the first frame that showed it until the decision'),
  previousDurationMs: z.number().min(0).nullable(),
});

const regionStatus = z.strictObject({ region: name, class_id: text, score: probability.nullable(), since: utc });

const statusSchema = z.strictObject({
  ...header,
  camera: name,
  online: z.boolean(),
  class_id: text.nullable().describe('what the camera is held to see; null: offline, or nothing decided yet'),
  score: probability.nullable(),
  since: utc.nullable().describe('since when class_id is held'),
  fps: z.number().min(0).nullable().describe('frames a second that the camera delivers'),
  reason: text.nullable().describe('why it is not online'),
  regions: z.array(regionStatus).describe('of a camera with named regions; class_id above is then the first one'),
});

const alertSchema = z.strictObject({
  ...header,
  id: text.describe('the same when raised and when cleared'),
  condition: text,
  level,
  active: z.boolean(),
  since: utc,
  description: text,
  hint: text,
  references: z.array(reference),
});

const errorSchema = z.strictObject({
  errorType: text.describe('id of the condition'),
  errorLevel: level,
  errorDescription: text,
  errorHint: text,
  errorReferences: z.array(reference),
  since: utc,
});

const stateSchema = z.strictObject({
  ...header,
  sessionId: text.describe('of this run of the daemon'),
  bootId: z.string().nullable(),
  uptimeS: z.number().min(0).describe('of the daemon'),
  mode: z.enum(['normal', 'last-good-config', 'minimal']),
  configProblems: count,
  cameras: z.array(
    z.strictObject({
      camera: name,
      state: cameraState,
      reason: text.nullable(),
      since: utc,
      fps: z.number().min(0).nullable(),
      frames: fates.describe('by where they ended, since the start'),
    }),
  ),
  slots: z.array(z.strictObject({ slot: name, ready: z.boolean(), model: model.nullable(), reason: text.nullable() })),
  publishing: z.strictObject({
    broker: z
      .strictObject({ online: z.boolean(), queued: count, dropped: z.record(z.string(), count) })
      .nullable()
      .describe('null: none configured; dropped by reason'),
    socket: z.strictObject({ clients: count, skippedResults: count, droppedClients: count }).nullable(),
  }),
  settings: z
    .array(
      z.strictObject({
        path: text,
        value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
        persistent: z.boolean().describe('kept over restarts'),
        until: utc.nullable().describe('when it is taken back; null: only by config.reset, or by the next restart'),
      }),
    )
    .describe('what commands have set over the configuration file'),
  inhibits: z
    .array(z.strictObject({ reason: text, since: utc, until: utc }))
    .describe('who wants that nothing is installed or tuned now'),
  errors: z.array(errorSchema).describe('the picture of the conditions, worst first'),
});

const factsheetSchema = z.strictObject({
  ...header,
  daemon: z.strictObject({ name: text, version: text, node: text }),
  board: z.strictObject({
    model: text.nullable(),
    arch: text,
    os: text.nullable(),
    kernel: text.nullable(),
    cpu: text.nullable(),
    cores: z.int().positive(),
    memoryMB: z.int().positive(),
  }),
  cameras: z.array(
    z.strictObject({
      camera: name,
      source: text.describe('scheme of its address, which may hold secrets'),
      slot: name,
      captureSize: size.nullable(),
      rotate: z.literal([0, 90, 180, 270]),
      fit: z.enum(['crop', 'squash', 'letterbox']),
      networkSees: probability.nullable().describe('share of the picture that reaches the network'),
      regions: z.array(z.strictObject({ region: name, networkSees: probability.nullable() })),
      maxAgeMs: z.number().positive(),
    }),
  ),
  slots: z.array(
    z.strictObject({
      slot: name,
      model: model.nullable().describe('null: nothing loaded'),
      input: size.nullable(),
      labels: z.array(text).nullable().describe('in the order of the outputs; null: more than 100, see the package'),
      runtime: text.nullable(),
      providersAsked: z.array(text),
      providerActual: text.nullable(),
      providerReason: text.nullable().describe('why it is not the first one asked'),
      threads: z.int().positive().nullable(),
    }),
  ),
  limits: z.strictObject({ stateIntervalS: z.number().positive(), maxPayloadBytes: z.int().positive() }),
});

export const MESSAGES = {
  connection: connectionSchema.describe(
    'whether the device is connected to the broker; also the will of the connection',
  ),
  factsheet: factsheetSchema.describe('what this device is and runs'),
  state: stateSchema.describe("the daemon's health: cameras, slots, publishing and everything that is wrong"),
  status: statusSchema.describe('for dashboards: what a camera is held to see, and whether it works'),
  result: resultSchema.describe('what the network saw in one frame, or in one named region of it'),
  event: eventSchema.describe('the class that a camera is held to see changed'),
  telemetry: telemetrySchema.describe('what the board and our processes take, and what became of the frames'),
  alert: alertSchema.describe('a condition was raised or cleared'),
  cmd: commandSchema,
  cmdack: ackSchema,
} as const satisfies Record<MessageKind, z.ZodType>;

export type Message<K extends MessageKind> = z.infer<(typeof MESSAGES)[K]>;
