import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { libcamera } from 'node-libcamera';
import { asEdgeError, configurationError, deviceError } from '../errors.js';
import { requireProgram } from './programs.js';

/**
 * Stills and the list of cameras through node-libcamera, for Raspberry Pi. It joins its options into a shell command
 * without quoting, knows the programs only by their old names, and can't be interrupted: so only numbers, fixed words and
 * checked file names go in, a link gives rpicam-still its old name, and every call has a deadline of ours.
 */
export interface ConnectedCamera {
  readonly number: number;
  readonly model: string;
  readonly width: number;
  readonly height: number;
  /** libcamera's id: the place in the device tree, which stays the same as long as the camera stays in its port. */
  readonly id: string;
}

export interface StillRequest {
  readonly camera: number;
  /** Absolute, of letters, digits and `_ . / -` only. */
  readonly file: string;
  readonly width: number;
  readonly height: number;
}

const INSTALL = 'Raspberry Pi OS: apt install rpicam-apps';
const LIST_DEADLINE_MS = 10_000;
const STILL_DEADLINE_MS = 20_000;
/** For exposure and white balance to settle. */
const SETTLE_MS = 1000;
const SAFE_FILE = /^[A-Za-z0-9_./-]+$/;

type Options = Parameters<typeof libcamera.still>[0];

/** The connected cameras, in the order of their numbers; a device error when rpicam-apps are missing or fail. */
export async function listCameras(
  searchPath: string,
  deadlineMs = LIST_DEADLINE_MS,
): Promise<readonly ConnectedCamera[]> {
  // Not among the package's typed options; unknown keys are passed on as they are.
  const options = { 'list-cameras': true } as Options;
  return parseCameraList(await runStill(options, searchPath, deadlineMs));
}

/** Writes one JPEG. A camera serves one program at a time: this fails while a stream of the same camera runs. */
export async function takeStill(
  request: StillRequest,
  searchPath: string,
  deadlineMs = STILL_DEADLINE_MS,
): Promise<void> {
  const { camera, file, width, height } = request;
  if (!isAbsolute(file) || !SAFE_FILE.test(file)) {
    throw configurationError(
      'still-file',
      `a still can't be written to ${JSON.stringify(file)}: expected an absolute path of letters, digits, "_", ".", "/" and "-"`,
      {
        file,
      },
    );
  }
  if (![camera, width, height].every((value) => Number.isInteger(value) && value >= 0)) {
    throw configurationError('still-size', 'camera, width and height of a still must be whole numbers', {
      camera,
      width,
      height,
    });
  }
  const options = { camera, output: file, width, height, timeout: SETTLE_MS, nopreview: true } as Options;
  await runStill(options, searchPath, deadlineMs);
}

/** `N : model [WxH …] (id)` lines; everything else, such as the list of modes, is passed over. */
export function parseCameraList(text: string): readonly ConnectedCamera[] {
  const cameras: ConnectedCamera[] = [];
  for (const line of text.split('\n')) {
    const [, number, model, width, height, id] =
      /^\s*(\d+)\s*:\s*(\S+)\s*\[(\d+)x(\d+)[^\]]*\]\s*\((.+)\)\s*$/.exec(line) ?? [];
    if (model === undefined || id === undefined) continue;
    cameras.push({ number: Number(number), model, width: Number(width), height: Number(height), id });
  }
  return cameras;
}

async function runStill(options: Options, searchPath: string, deadlineMs: number): Promise<string> {
  const links = await mkdtemp(join(tmpdir(), 'edgenextd-still-'));
  try {
    const program = requireProgram(['rpicam-still', 'libcamera-still'], searchPath, INSTALL);
    await symlink(program, join(links, 'libcamera-still'));
    return await withDeadline(startStill(options, `${links}${delimiter}${searchPath}`), deadlineMs);
  } catch (error) {
    throw asEdgeError(error, deviceError, 'still-failed');
  } finally {
    await rm(links, { recursive: true, force: true });
  }
}

/** exec() reads process.env.PATH within the call, so it is changed for the length of the call alone. */
function startStill(options: Options, searchPath: string): Promise<string> {
  const before = process.env.PATH;
  process.env.PATH = searchPath;
  try {
    return libcamera.still(options);
  } finally {
    if (before === undefined) delete process.env.PATH;
    else process.env.PATH = before;
  }
}

async function withDeadline(work: Promise<string>, deadlineMs: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          deviceError(
            'still-late',
            `rpicam-still did not finish within ${deadlineMs / 1000} s: is the camera in use by another program?`,
            { deadlineMs },
          ),
        ),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
