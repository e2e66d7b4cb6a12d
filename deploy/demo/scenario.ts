import { accessSync, constants, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { configurationError } from '../../src/errors.js';
import { findProgram } from '../../src/find-program.js';

const ROOT = new URL('../../../', import.meta.url);
export const DAEMON = new URL('dist/src/main.js', ROOT);
export const ROVER = new URL('./rover.js', import.meta.url);

export const USAGE = `usage: npm start -- [options]
  --camera URL   a real camera instead of the rover, e.g. v4l2:/dev/video0: names everyday objects
  --port N       of the demo's MQTT broker on loopback; 0: any free one (default 18830)
  --seed N       another track and another day (default 1)
  --seconds N    ends by itself
`;

export interface Options {
  /** null: the rover. */
  readonly camera: string | null;
  readonly port: number;
  readonly seed: number;
  readonly seconds: number | null;
}

/** @throws a configuration error for what is not understood; null when only help was wanted. */
export function readOptions(args: readonly string[]): Options | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        camera: { type: 'string' },
        port: { type: 'string', default: '18830' },
        seed: { type: 'string', default: '1' },
        seconds: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return null;
    return {
      camera: values.camera ?? null,
      port: whole('port', values.port, 65_535),
      seed: whole('seed', values.seed, 2 ** 31),
      seconds: values.seconds === undefined ? null : whole('seconds', values.seconds, 86_400),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw configurationError('demo-options', `${message.split('\n')[0]}\n${USAGE}`, {}, error);
  }
}

function whole(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new Error(`--${name} takes a whole number from 0 to ${max}, not "${text}"`);
}

/** What one run of the demo consists of: which camera, which model, and where it is told. */
export interface Scenario {
  readonly serial: string;
  readonly source: string;
  readonly base: string;
  readonly modelPackage: string;
  readonly camera: Readonly<Record<string, unknown>>;
}

export const CAMERA = 'front';
export const MANUFACTURER = 'demo';

/** @throws a configuration error when something that the scenario needs is not there. */
export function chooseScenario(options: Options, folder: string): Scenario {
  if (options.camera !== null) checkCamera(options.camera);
  const serial = options.camera === null ? 'rover' : 'camera';
  const model = options.camera === null ? 'rover' : 'objects';
  const modelPackage = fileURLToPath(new URL(`models/${model}/package`, ROOT));
  if (!existsSync(join(modelPackage, 'manifest.json'))) {
    throw configurationError(
      'demo-model',
      `${modelPackage} holds no model; models/${model}/README.md says how to build it`,
    );
  }
  const source = options.camera ?? `pipe:${join(folder, 'camera.sock')}`;
  return {
    serial,
    source: options.camera ?? 'rendered, 160x120',
    base: `edgenext/v1/${MANUFACTURER}/${serial}`,
    modelPackage,
    // The rover drives 45 cm on a result; then it has to stop.
    camera: {
      source,
      ...(options.camera === null ? { validForMs: 300, maxAgeMs: 200 } : {}),
      publish: { results: 'every' },
    },
  };
}

/** The daemon's configuration file for the scenario; JSON is YAML. */
export function configText(scenario: Scenario, folder: string, brokerUrl: string): string {
  const config = {
    version: 1,
    device: { manufacturer: MANUFACTURER, serial: scenario.serial },
    stateDir: join(folder, 'state'),
    socket: { path: join(folder, 'results.sock') },
    mqtt: { url: brokerUrl, protocol: 4, stateIntervalS: 1 },
    slots: { main: { package: scenario.modelPackage } },
    cameras: { [CAMERA]: scenario.camera },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** A folder of this run alone. @throws a configuration error when there may be none. */
export function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'edgenextd-demo-'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw configurationError(
      'demo-folder',
      `no folder in ${tmpdir()}: ${why}; set TMPDIR to one you may write to`,
      {},
      error,
    );
  }
}

const FFMPEG_SCHEMES = ['v4l2', 'rtsp', 'rtsps', 'video'];

function checkCamera(url: string): void {
  const scheme = url.split(':', 1)[0] ?? '';
  if (FFMPEG_SCHEMES.includes(scheme) && findProgram(['ffmpeg'], process.env.PATH ?? '') === null) {
    const what = `--camera ${scheme}: needs ffmpeg, which is not installed; on Debian: sudo apt-get install ffmpeg`;
    throw configurationError('demo-codec', what);
  }
  if (scheme !== 'v4l2') return;
  const device = url.slice('v4l2:'.length);
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
  } catch (error) {
    const denied = (error as NodeJS.ErrnoException).code === 'EACCES';
    const what = denied ? 'may not be opened; on Debian: sudo adduser $USER video, then log in again' : 'is not there';
    throw configurationError('demo-camera', `camera ${device} ${what}`, {}, error);
  }
}
