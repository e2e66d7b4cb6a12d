import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PictureFormat } from '../frame.js';
import { runProcess } from './process.js';
import { requireProgram } from './programs.js';
import { endOfProgram, type SourceTools } from './scheme.js';
import type { Source, SourceRequest } from './source.js';
import { createY4mSplitter } from './split-y4m.js';

/** What differs between the sources that ffmpeg reads for us. */
export interface FfmpegInput {
  /** Arguments up to and including `-i URL`, for a version as ffmpegVersion gives it. */
  readonly args: (version: number) => readonly string[];
  readonly stdin: (version: number) => string;
  readonly secrets: readonly string[];
  /** A camera or stream: its end is a failure. A file may end. */
  readonly live: boolean;
  /** Thins the frames out to at most this rate; null keeps all. */
  readonly mostFps: number | null;
  /** For the error message, when ffmpeg fails. */
  readonly advice: string;
  /** Checks before ffmpeg starts, with better messages than its own. */
  readonly check: () => Promise<void>;
}

const INSTALL = 'Debian, Ubuntu: apt install ffmpeg';

export function ffmpegSource(input: FfmpegInput, request: SourceRequest, tools: SourceTools): Source {
  let seq = 0;
  return {
    async run(sink, signal) {
      const program = requireProgram(['ffmpeg'], tools.searchPath, INSTALL);
      await input.check();
      const version = await ffmpegVersion(program, signal);
      if (signal.aborted) return;
      const args = [...GENERAL, ...input.args(version), ...outputArgs(request, input.mostFps, version)];
      const now = tools.clock.monotonicNs;
      let announced: PictureFormat | null = null;
      const splitter = createY4mSplitter((format, data, firstByteNs) => {
        if (announced !== format) sink.note('ffmpeg gives frames', { ...format });
        announced = format;
        sink.frame({ seq: seq++, format, data, captured: { monotonicNs: firstByteNs, source: 'arrival' } });
      }, now);
      const { secrets, live, advice } = input;
      const end = await runProcess(
        { program, args, dataFd: 1, stdin: input.stdin(version), secrets, searchPath: tools.searchPath },
        (chunk) => splitter.push(chunk),
        signal,
        sink.program,
      );
      const error = endOfProgram('ffmpeg', end, live, advice);
      if (error !== null) throw error;
    },
  };
}

const GENERAL = ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'warning'];

/**
 * Scales so that the picture covers the capture size, keeping its shape and never enlarging it: what is cut away or
 * squashed is the camera's `fit`, decided later. The result is full-range BT.601 whatever came in, because limited
 * range would lose a seventh of the levels of a camera's JPEG. Written as expressions since force_divisible_by is
 * missing in ffmpeg 4.2 (JetPack 5). YUV4MPEG2 tells the size that came out.
 */
function outputArgs(request: SourceRequest, mostFps: number | null, version: number): string[] {
  const share = `min(1\\,max(${request.width}/(iw*sar)\\,${request.height}/ih))`;
  const scale = `scale=w='2*round(iw*sar*${share}/2)':h='2*round(ih*${share}/2)':flags=bicubic:out_range=full:out_color_matrix=bt601`;
  // The first frame in each period of the wanted rate: right on average also where the source's rate is no multiple of it.
  const period = (time: string): string => `floor(${time}*${mostFps}+0.001)`;
  const thin =
    mostFps === null ? [] : [`select='isnan(prev_selected_t)+gt(${period('t')}\\,${period('prev_selected_t')})'`];
  // -vsync went out of use in 5.1; without passing through, frames are doubled and dropped to make the rate constant.
  const passThrough = version >= 501 ? ['-fps_mode', 'passthrough'] : ['-vsync', 'passthrough'];
  return [
    '-an',
    '-sn',
    '-dn',
    '-vf',
    [...thin, scale, 'setsar=1', 'format=yuv420p'].join(','),
    ...passThrough,
    '-flush_packets',
    '1',
    '-f',
    'yuv4mpegpipe',
    'pipe:1',
  ];
}

const versions = new Map<string, number>();
const NEWEST = 9900;

/** Major × 100 + minor, asked once for each program; what can't be read (a build from git) counts as the newest. */
async function ffmpegVersion(program: string, signal: AbortSignal): Promise<number> {
  const known = versions.get(program);
  if (known !== undefined) return known;
  const asked = promisify(execFile)(program, ['-version'], { timeout: 5000, maxBuffer: 256 * 1024 });
  const kill = (): void => {
    asked.child.kill('SIGKILL');
  };
  signal.addEventListener('abort', kill, { once: true });
  const text = await asked.then(
    ({ stdout }) => stdout,
    () => '',
  );
  signal.removeEventListener('abort', kill);
  const [, major, minor] = /^ffmpeg version n?(\d+)\.(\d+)/.exec(text) ?? [];
  if (major === undefined) return NEWEST;
  const version = Number(major) * 100 + Number(minor);
  versions.set(program, version);
  return version;
}
