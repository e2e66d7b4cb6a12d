import type { PictureFormat } from '../frame.js';
import { runProcess } from './process.js';
import { requireProgram } from './programs.js';
import { endOfProgram, type Scheme, type SourceTools } from './scheme.js';
import type { Source, SourceRequest } from './source.js';
import { pictureSize, readCameraNumber, readOptions } from './source-url.js';
import { createFixedSplitter } from './split-frames.js';

const OPTIONS = { mode: pictureSize };
const INSTALL = 'JetPack: apt install gstreamer1.0-tools nvidia-l4t-gstreamer';
const ADVICE = 'if the camera is connected, "systemctl restart nvargus-daemon" frees a hanging camera service';
const DEFAULT_FPS = 30;
const DEFAULT_MODE = { width: 1920, height: 1080 };

/** A Jetson's CSI camera through nvarguscamerasrc, scaled by the VIC. */
export const argus: Scheme = {
  usage: 'argus:NUMBER?mode=1920x1080',
  credentials: false,
  open(url, request, tools) {
    const sensor = readCameraNumber(url);
    const { mode = DEFAULT_MODE } = readOptions(url, OPTIONS);
    return {
      source: argusSource(sensor, mode, request, tools),
      expectedFps: request.fps ?? DEFAULT_FPS,
      waitsForProducer: false,
    };
  },
};

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Covers the capture size and keeps the sensor's shape, never enlarged. Multiples of 8: no row of I420 is padded then. */
function scaledSize(mode: Size, request: Size): Size {
  const share = Math.min(1, Math.max(request.width / mode.width, request.height / mode.height));
  const side = (full: number): number => Math.max(8, Math.round((full * share) / 8) * 8);
  return { width: side(mode.width), height: side(mode.height) };
}

function argusSource(sensor: number, mode: Size, request: SourceRequest, tools: SourceTools): Source {
  const { width, height } = scaledSize(mode, request);
  const format: PictureFormat = { kind: 'i420', width, height, rowStride: width, range: 'limited', matrix: 'bt601' };
  const fps = Math.round(request.fps ?? DEFAULT_FPS);
  // fd 3, since nvarguscamerasrc prints to stdout.
  const stages = [
    `nvarguscamerasrc sensor-id=${sensor}`,
    `video/x-raw(memory:NVMM),width=${mode.width},height=${mode.height},framerate=${fps}/1`,
    'nvvidconv',
    `video/x-raw,format=I420,width=${width},height=${height}`,
    'queue leaky=downstream max-size-buffers=1',
    'fdsink fd=3 sync=false',
  ];
  const args = ['-q', ...stages.join(' ! ').split(' ')];
  let seq = 0;
  return {
    async run(sink, signal) {
      const program = requireProgram(['gst-launch-1.0'], tools.searchPath, INSTALL);
      sink.note('argus gives frames', { ...format });
      const splitter = createFixedSplitter(
        (width * height * 3) / 2,
        (data, monotonicNs) => sink.frame({ seq: seq++, format, data, captured: { monotonicNs, source: 'arrival' } }),
        tools.clock.monotonicNs,
      );
      const end = await runProcess(
        { program, args, dataFd: 3, stdin: '', secrets: [], searchPath: tools.searchPath },
        (chunk) => splitter.push(chunk),
        signal,
        sink.program,
      );
      const error = endOfProgram('gst-launch-1.0', end, true, ADVICE);
      if (error !== null) throw error;
    },
  };
}
