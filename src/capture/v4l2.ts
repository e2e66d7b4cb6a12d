import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { deviceError } from '../errors.js';
import { ffmpegSource } from './ffmpeg.js';
import type { Scheme } from './scheme.js';
import { oneOf, pictureSize, readOptions, requirePath } from './source-url.js';

const OPTIONS = { size: pictureSize, input: oneOf('mjpeg', 'yuyv422', 'h264') };
const BY_PATH = '/dev/v4l/by-path';

/** What USB cameras offer everywhere; the smallest that covers the capture size is asked for. */
const USUAL_SIZES = [
  [320, 240],
  [640, 480],
  [1280, 720],
  [1920, 1080],
] as const;

/** A USB or other V4L2 camera, through ffmpeg. */
export const v4l2: Scheme = {
  usage: 'v4l2:DEVICE?size=640x480&input=mjpeg|yuyv422|h264',
  credentials: false,
  open(url, request, tools) {
    const device = requirePath(url, `a device such as ${BY_PATH}/…`);
    const { size, input } = readOptions(url, OPTIONS);
    const [width, height] =
      size === undefined ? usualSizeFor(request.width, request.height) : [size.width, size.height];
    const args = [
      ...['-fflags', 'nobuffer', '-f', 'v4l2', '-video_size', `${width}x${height}`],
      ...(request.fps === null ? [] : ['-framerate', `${request.fps}`]),
      ...(input === undefined ? [] : ['-input_format', input]),
      ...['-i', device],
    ];
    const advice = `${device}: "busy" means that another program has the camera open; an unknown size or format is set with ?size= and ?input=`;
    return {
      source: ffmpegSource(
        {
          args: () => args,
          stdin: () => '',
          secrets: [],
          live: true,
          mostFps: request.fps,
          advice,
          check: () => checkDevice(device),
        },
        request,
        tools,
      ),
      expectedFps: request.fps,
      waitsForProducer: false,
    };
  },
};

function usualSizeFor(width: number, height: number): readonly [number, number] {
  return USUAL_SIZES.find(([w, h]) => w >= width && h >= height) ?? [1920, 1080];
}

async function checkDevice(device: string): Promise<void> {
  const found = await stat(device).catch((cause: unknown) => missing(device, cause));
  if (!found.isCharacterDevice()) {
    throw deviceError(
      'source-not-a-device',
      `${device} is not a camera device: expected a character device such as /dev/video0`,
      {
        device,
      },
    );
  }
  await access(device, constants.R_OK | constants.W_OK).catch((cause: unknown) => {
    throw deviceError(
      'source-denied',
      `${device} may not be opened: put the daemon's user into the group "video" (usermod -aG video USER) and start it again`,
      { device },
      cause,
    );
  });
}

async function missing(device: string, cause: unknown): Promise<never> {
  const known = await readdir(BY_PATH).catch(() => []);
  const offer =
    known.length === 0
      ? 'no camera is plugged in'
      : `there are ${known.map((name) => `${BY_PATH}/${name}`).join(', ')}`;
  throw deviceError(
    'source-missing',
    `camera device ${device} is not there; ${offer}. /dev/videoN changes at every start: name the port by ${BY_PATH}`,
    { device, known },
    cause,
  );
}
