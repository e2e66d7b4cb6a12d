import { video } from '../capture/video.js';
import { systemClock } from '../clock.js';
import { configurationError, deviceError } from '../errors.js';
import type { Size } from '../prepare/picture.js';
import type { Captured } from './picture-input.js';

/** What a real source's scaler makes of a picture file. */
export type Scaler = (path: string) => Promise<Captured>;

export interface ScalerChoice {
  readonly scheme: string;
  readonly capture: Size;
}

/** Sources whose frames ffmpeg scales, all in the same way. */
const FFMPEG_SCHEMES = ['v4l2', 'rtsp', 'video'];

/** Reads `SCHEME` or `SCHEME:WIDTHxHEIGHT`; without a size, it is the model's capture size. */
export function parseScaler(text: string, capture: Size): ScalerChoice {
  const [, scheme = '', width, height] = /^([a-z0-9]+)(?::(\d+)x(\d+))?$/.exec(text) ?? [];
  if (FFMPEG_SCHEMES.includes(scheme)) {
    return { scheme, capture: width === undefined ? capture : { width: Number(width), height: Number(height) } };
  }
  throw configurationError(
    'through-unknown',
    `--through "${text}": expected one of ${FFMPEG_SCHEMES.join(', ')} (ffmpeg scales their frames, so a file can go the same way), ` +
      'with a capture size if it is not the model’s own: v4l2:640x480. Cameras that scale in hardware can’t be fed with files',
    { received: text, known: FFMPEG_SCHEMES },
  );
}

/** Sends a picture through the daemon's own ffmpeg source, a process a picture. Its errors are the source's. */
export function createScaler({ capture }: ScalerChoice, searchPath = process.env.PATH ?? ''): Scaler {
  return async (path) => {
    const text = `video:${path}`;
    // Put together here, because a file's name may hold what would end the path of a URL.
    const url = { text, scheme: 'video', path, query: new URLSearchParams({ pace: 'fast' }) };
    const request = { camera: 'picture', url: text, fps: null, ...capture };
    const { source } = video.open(url, request, { clock: systemClock, searchPath });
    let captured: Captured | null = null;
    const problems: string[] = [];
    const frame = ({ format, data }: Captured): void => {
      captured ??= { format, data: Uint8Array.from(data) };
    };
    const corrupt = (reason: string): void => {
      problems.push(reason);
    };
    await source.run({ frame, corrupt, program: () => undefined, note: () => undefined }, new AbortController().signal);
    return captured ?? noFrame(path, problems);
  };
}

function noFrame(path: string, problems: readonly string[]): never {
  throw deviceError('frame-corrupt', `${path}: ffmpeg made no frame of it: ${problems.join('; ')}`, { path });
}
