import { z } from 'zod';
import { LOG_LEVELS } from '../log.js';

/**
 * The single source of the configuration: shapes, defaults and the texts of the documentation.
 * `null` always means "left to somebody who knows better" and the description says who.
 * Checks that need two values at once are in cross-checks.ts.
 */

/** One level of an MQTT topic: no `+`, `#` or `/`, and the same for a client certificate's name. */
const topicName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, "_" and "-"');
const identifier = z.string().regex(/^[a-z0-9_]{1,32}$/, '1 to 32 lower-case letters, digits and "_"');
const path = z.string().min(1);
const fraction = z.number().min(0).max(1);
const positiveMs = z.int().min(1).max(3_600_000);
const durationMs = z.int().min(0).max(3_600_000);
/** An absent value that means something of its own is null, so that nobody tells absent from undefined. */
const orNull = <T extends z.ZodType>(schema: T) => schema.nullable().default(null as never);

/** The schemes that capture/ has a source for; a test compares. */
export const SOURCE_SCHEMES = [
  'rpicam',
  'argus',
  'v4l2',
  'rtsp',
  'rtsps',
  'video',
  'images',
  'pipe',
  'synthetic',
] as const;

/** What a device can be told to do; remote/ has what each means, and a test compares. */
export const COMMAND_VERBS = [
  'ping',
  'state.get',
  'config.get',
  'config.set',
  'config.reset',
  'camera.enable',
  'camera.disable',
  'inhibit',
  'restart',
] as const;

/** Filled in by the loader before substitution, so that a parsed configuration always has a concrete one. */
export const DEFAULT_SERIAL = '${serial}';

const device = z.strictObject({
  manufacturer: topicName.default('edgenext').describe('second level of every topic'),
  serial: topicName
    .default(DEFAULT_SERIAL)
    .describe("this device's name in topics and messages; the board's own serial number unless set"),
});

const log = z.strictObject({
  level: z.enum(LOG_LEVELS).default('info').describe('how much is logged'),
});

const tls = z.strictObject({
  ca: orNull(path).describe("file with the certificates that sign the broker's; null: the system's"),
  cert: orNull(path).describe('file with the client certificate; needs key'),
  key: orNull(path).describe('file with the private key of cert'),
  serverName: orNull(z.string().min(1)).describe('name in the certificate of the broker; null: the host of url'),
});

const mqtt = z.strictObject({
  url: z
    .string()
    .regex(/^mqtts?:\/\/[^/\s]+\/?$/, 'mqtt://HOST[:PORT] or mqtts://HOST[:PORT]')
    .describe('the broker; mqtts for TLS'),
  protocol: z
    .literal([5, 4, 'auto'])
    .default('auto')
    .describe('5, 4 (that is MQTT 3.1.1), or auto: 5 first, 4 where the broker refuses it'),
  clientId: orNull(z.string().min(1).max(128)).describe('unique at the broker; null: edgenextd-SERIAL'),
  username: orNull(z.string().min(1)).describe('for a broker that wants one'),
  password: orNull(z.string()).meta({
    description: 'best as ${file:PATH} or ${env:NAME}; never shown',
    writeOnly: true,
  }),
  tls: tls.prefault({}).describe('for mqtts only'),
  keepaliveS: z.int().min(5).max(3600).default(30).describe('a silent connection is checked this often'),
  connectTimeoutMs: z
    .int()
    .min(500)
    .max(120_000)
    .default(10_000)
    .describe('a connection attempt is given up after this'),
  queue: z
    .strictObject({
      maxMessages: z.int().min(0).max(100_000).default(1000).describe('messages kept while there is no broker'),
      maxBytes: z.int().min(0).max(268_435_456).default(4_194_304).describe('the same in bytes'),
    })
    .prefault({})
    .describe('what is kept while there is no broker; the oldest goes first and is counted'),
  stateIntervalS: z.int().min(1).max(3600).default(30).describe('state is sent on change and this often'),
});

const socket = z.strictObject({
  path: path.default('/run/edgenextd/results.sock').describe('where local clients connect'),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'an octal file mode in quotes, such as "0660"')
    .default('0660')
    .describe('file mode of the socket: who may connect'),
});

const commands = z.strictObject({
  allow: z
    .array(z.enum(COMMAND_VERBS))
    .default(['ping', 'state.get', 'config.get'])
    .describe('verbs that may come by MQTT; empty: none is listened for; the local socket may send all'),
});

const telemetry = z.strictObject({
  intervalS: z.int().min(1).max(3600).default(30).describe('telemetry is sent this often'),
});

const slot = z.strictObject({
  package: path.describe('folder of the model package'),
  rung: orNull(z.string().min(1)).describe("which network and size of the package; null: the package's first"),
  graph: orNull(z.string().min(1)).describe("which compiled graph of the rung; null: the rung's first"),
  threads: orNull(z.int().min(1).max(256)).describe('threads of the network; null: half the cores'),
  providers: z
    .array(z.enum(['tensorrt', 'cuda', 'cpu']))
    .min(1)
    .default(['cpu'])
    .describe('execution providers in order of preference'),
  deadlineMs: z.int().min(10).max(600_000).default(5000).describe('a frame not answered by then: the runner is killed'),
  binding: orNull(path).describe('folder of another build of onnxruntime-node; null: the bundled one'),
  nice: z.int().min(0).max(19).default(5).describe('how far the runner yields the processor to others'),
});

const region = z.strictObject({
  x: fraction.describe('left edge, as a fraction of the width'),
  y: fraction.describe('upper edge, as a fraction of the height'),
  width: z.number().gt(0).max(1).describe('as a fraction of the width'),
  height: z.number().gt(0).max(1).describe('as a fraction of the height'),
});

/** `otherwise` says whose value counts where this is null. */
const thresholds = (otherwise: string) => ({
  minScore: orNull(fraction).describe(`below this probability the class is unknown; null: ${otherwise}`),
  minMargin: orNull(fraction).describe(`smaller distance to the second best: unknown; null: ${otherwise}`),
  holdMs: orNull(durationMs).describe(`a new class must last this long to be held; null: ${otherwise}`),
  releaseMs: orNull(durationMs).describe(`unknown must last this long to end a held class; null: ${otherwise}`),
});

const decide = z.strictObject({
  ...thresholds("the package's, else 0"),
  classes: z
    .record(z.string().min(1), z.strictObject(thresholds("the camera's")))
    .default({})
    .describe('the same four for single classes, by label'),
});

const publish = z.strictObject({
  results: z
    .enum(['change', 'every', 'off'])
    .default('change')
    .describe('which results go to MQTT: when the held class changes, every one, or none; the local socket gets all'),
  maxHz: orNull(z.number().gt(0).max(1000)).describe('at most so many results a second to MQTT; null: no limit'),
  heartbeatS: z
    .number()
    .gt(0)
    .max(3600)
    .nullable()
    .default(1)
    .describe('a result at least this often, whatever the policy but off; null: none'),
});

const camera = z.strictObject({
  source: z
    .string()
    .regex(new RegExp(`^(${SOURCE_SCHEMES.join('|')}):`), `a URL with one of the schemes ${SOURCE_SCHEMES.join(', ')}`)
    .describe('where the frames come from'),
  slot: identifier.default('main').describe('the slot whose model sees the frames'),
  enabled: z.boolean().default(true).describe('false: known, but not started'),
  fps: orNull(z.number().gt(0).max(240)).describe('wanted frames a second; null: what the source gives'),
  capture: orNull(
    z.strictObject({
      width: z.int().min(16).max(8192).multipleOf(2).describe('pixels, even'),
      height: z.int().min(16).max(8192).multipleOf(2).describe('pixels, even'),
    }),
  ).describe("capture size, fixed while the source lives; null: the largest input among the package's rungs"),
  rotate: z.literal([0, 90, 180, 270]).default(0).describe('clockwise, in degrees, before anything else'),
  fit: orNull(z.enum(['crop', 'squash', 'letterbox'])).describe(
    "how the picture is brought to the network's shape; null: the package's",
  ),
  maxAgeMs: positiveMs.default(500).describe('an older frame is dropped instead of being shown to the network'),
  validForMs: positiveMs.default(1000).describe('how long after the capture a result may be acted upon'),
  regions: z.record(identifier, region).default({}).describe('named parts to look at; none: the whole picture'),
  decide: decide.prefault({}).describe('from scores to a class'),
  publish: publish.prefault({}).describe('what goes to MQTT'),
});

export const configSchema = z.strictObject({
  version: z.literal(1).describe('of this format'),
  device: device.prefault({}).describe('who this is'),
  stateDir: path.default('/var/lib/edgenextd').describe('folder for what must survive a restart'),
  log: log.prefault({}).describe('the log on standard output'),
  mqtt: orNull(mqtt).describe('the broker; null: none'),
  socket: socket.nullable().prefault({}).describe('the local socket; null: none'),
  commands: commands.prefault({}).describe('what the device may be told to do'),
  telemetry: telemetry.prefault({}).describe('what the board and our processes take'),
  slots: z.record(identifier, slot).default({}).describe('named places for models'),
  cameras: z.record(identifier, camera).default({}).describe('named cameras'),
});

export type Config = z.output<typeof configSchema>;
export type CameraConfig = Config['cameras'][string];
export type SlotConfig = Config['slots'][string];
