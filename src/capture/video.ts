import { stat } from 'node:fs/promises';
import { deviceError } from '../errors.js';
import { ffmpegSource } from './ffmpeg.js';
import type { Scheme } from './scheme.js';
import type { Source } from './source.js';
import { flag, numberBetween, oneOf, readOptions, requirePath } from './source-url.js';
import { waitMs } from './wait.js';

const OPTIONS = { fps: numberBetween(0.1, 240), loop: flag, pace: oneOf('real', 'fast') };

/** Streams without times of their own: their rate must be told. */
const RAW_STREAM = /\.(mjpe?g|h264|264|h265|265|hevc)$/i;
const RAW_DEFAULT_FPS = 25;

/** So that a file without one frame in it does not keep the processor busy. */
const BETWEEN_LOOPS_MS = 100;

/** ffmpeg can't rewind a raw stream such as .h264 and ends after one pass in spite of -stream_loop. */
const repeated = (source: Source): Source => ({
  async run(sink, signal) {
    do await source.run(sink, signal);
    while (await waitMs(BETWEEN_LOOPS_MS, signal));
  },
});

/** A video file, decoded by ffmpeg, at its own pace or as fast as it goes. */
export const video: Scheme = {
  usage: 'video:FILE?loop=1&pace=real|fast&fps=20',
  credentials: false,
  open(url, request, tools) {
    const file = requirePath(url, 'a video file');
    const { fps, loop = false, pace = 'real' } = readOptions(url, OPTIONS);
    const rate = fps ?? (RAW_STREAM.test(file) ? RAW_DEFAULT_FPS : undefined);
    const args = [
      ...(pace === 'real' ? ['-re'] : []),
      ...(loop ? ['-stream_loop', '-1'] : []),
      ...(rate === undefined ? [] : RAW_STREAM.test(file) ? ['-framerate', `${rate}`] : ['-r', `${rate}`]),
      '-i',
      `file:${file}`,
    ];
    const check = async (): Promise<void> => {
      const found = await stat(file).catch((cause: unknown) => {
        throw deviceError(
          'source-missing',
          `video file ${file} can't be read: give the path of a file that exists`,
          { file },
          cause,
        );
      });
      if (!found.isFile())
        throw deviceError('source-missing', `video:${file} is not a file; for pictures use images:`, { file });
    };
    const advice = `is ${file} a video that ffmpeg can decode?`;
    const once = ffmpegSource(
      { args: () => args, stdin: () => '', secrets: [], live: false, mostFps: request.fps, advice, check },
      request,
      tools,
    );
    return {
      source: loop ? repeated(once) : once,
      expectedFps: request.fps ?? rate ?? null,
      waitsForProducer: false,
    };
  },
};
