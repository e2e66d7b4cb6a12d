import type { PictureFormat } from '../frame.js';
import { runProcess } from './process.js';
import { requireProgram } from './programs.js';
import { createStrideFinder, strideCandidates } from './row-stride.js';
import { endOfProgram, type Scheme, type SourceTools } from './scheme.js';
import type { Source, SourceRequest, SourceSink } from './source.js';
import { evenSide, flag, readCameraNumber, readOptions } from './source-url.js';
import { createFixedSplitter } from './split-frames.js';
import type { Splitter } from './split-y4m.js';

const OPTIONS = { hflip: flag, vflip: flag };
const PROGRAMS = ['rpicam-vid', 'libcamera-vid'];
const INSTALL = 'Raspberry Pi OS: apt install rpicam-apps';
const ADVICE = 'rpicam-hello --list-cameras shows what is connected; a camera serves one program at a time';
const DEFAULT_FPS = 30;

/** A Raspberry Pi camera through rpicam-vid, scaled by the ISP to the capture size. */
export const rpicam: Scheme = {
  usage: 'rpicam:NUMBER?hflip=1&vflip=1',
  credentials: false,
  open(url, request, tools) {
    const camera = readCameraNumber(url);
    const { hflip = false, vflip = false } = readOptions(url, OPTIONS);
    const flips = [...(hflip ? ['--hflip'] : []), ...(vflip ? ['--vflip'] : [])];
    const fps = request.fps ?? DEFAULT_FPS;
    return { source: rpicamSource(camera, fps, flips, request, tools), expectedFps: fps, waitsForProducer: false };
  },
};

function rpicamSource(
  camera: number,
  fps: number,
  flips: readonly string[],
  request: SourceRequest,
  tools: SourceTools,
): Source {
  const width = evenSide(request.width);
  const height = evenSide(request.height);
  const numbering = { next: 0 };
  // --flush: each frame leaves at once; -t 0: no end; -n: no preview window.
  const args = [
    ...['-t', '0', '-n', '--codec', 'yuv420', '--flush', '--framerate', `${fps}`],
    ...['--width', `${width}`, '--height', `${height}`, '--camera', `${camera}`, ...flips, '-o', '-'],
  ];
  return {
    async run(sink, signal) {
      const program = requireProgram(PROGRAMS, tools.searchPath, INSTALL);
      const splitter = paddedSplitter(width, height, numbering, sink, tools.clock.monotonicNs);
      try {
        const end = await runProcess(
          { program, args, dataFd: 1, stdin: '', secrets: [], searchPath: tools.searchPath },
          (chunk) => splitter.push(chunk),
          signal,
          sink.program,
        );
        const error = endOfProgram(program, end, true, ADVICE);
        if (error !== null) throw error;
      } finally {
        splitter.close();
      }
    },
  };
}

/** Finds the row stride first where the width leaves a choice, then splits by it. */
function paddedSplitter(
  width: number,
  height: number,
  numbering: { next: number },
  sink: SourceSink,
  nowNs: () => bigint,
): Splitter & { close(): void } {
  const framesOf = (rowStride: number): Splitter => {
    // rpicam-apps give yuv420 as sYCC: full-range BT.601.
    const format: PictureFormat = { kind: 'i420', width, height, rowStride, range: 'full', matrix: 'bt601' };
    sink.note('rpicam gives frames', { ...format });
    return createFixedSplitter(
      (rowStride * height * 3) / 2,
      (data, monotonicNs) =>
        sink.frame({ seq: numbering.next++, format, data, captured: { monotonicNs, source: 'arrival' } }),
      nowNs,
    );
  };
  const [first, ...others] = strideCandidates(width);
  if (first !== undefined && others.length === 0) {
    const frames = framesOf(first);
    return { push: (chunk) => frames.push(chunk), close: () => undefined };
  }
  let frames: Splitter | null = null;
  const finder = createStrideFinder(width, height, (rowStride) => {
    frames = framesOf(rowStride);
  });
  return { push: (chunk) => (frames ?? finder).push(chunk), close: () => finder.close() };
}
