import { configurationError } from '../errors.js';
import { type FfmpegInput, ffmpegSource } from './ffmpeg.js';
import type { Scheme } from './scheme.js';
import { redactUrl, secretsOf } from './source-url.js';

const SOCKET_TIMEOUT_US = '5000000';
const PROTOCOLS = 'pipe,tcp,tls,udp,rtp,rtsp,rtsps,crypto';

/** A network camera. The query of the URL belongs to the camera, so there are no options of ours. */
export const rtsp: Scheme = {
  usage: 'rtsp://[USER:PASSWORD@]HOST[:PORT]/PATH',
  credentials: true,
  open(url, request, tools) {
    checkUrl(url.text);
    const secrets = secretsOf(url.text);
    const input: FfmpegInput = {
      ...(secrets.length > 0 ? hiddenUrl(url.text) : plainUrl(url.text)),
      secrets,
      live: true,
      mostFps: request.fps,
      advice: 'check address, path, user and password of the camera',
      check: () => Promise.resolve(),
    };
    return { source: ffmpegSource(input, request, tools), expectedFps: request.fps, waitsForProducer: false };
  },
};

function checkUrl(text: string): void {
  const host = URL.canParse(text) ? new URL(text).hostname : '';
  if (host !== '') return;
  throw configurationError('source-url', `${redactUrl(text)} names no host: expected ${rtsp.usage}`, {});
}

const LOW_DELAY = ['-fflags', 'nobuffer', '-flags', 'low_delay'];

/** `-timeout` was `-stimeout` up to ffmpeg 4, where `-timeout` meant to listen. */
function plainUrl(text: string): Pick<FfmpegInput, 'args' | 'stdin'> {
  return {
    args: (version) => [
      ...LOW_DELAY,
      '-rtsp_transport',
      'tcp',
      version >= 500 ? '-timeout' : '-stimeout',
      SOCKET_TIMEOUT_US,
      '-i',
      text,
    ],
    stdin: () => '',
  };
}

/**
 * A command line can be read by everybody on the machine, so a URL with credentials goes to ffmpeg on stdin, as the
 * one entry of an ffconcat script. Since ffmpeg 5 the script also carries options; before, TCP is asked for in the
 * URL and a dead connection is noticed by the camera's stall watchdog alone.
 */
function hiddenUrl(text: string): Pick<FfmpegInput, 'args' | 'stdin'> {
  return {
    args: () => [...LOW_DELAY, '-f', 'concat', '-safe', '0', '-protocol_whitelist', PROTOCOLS, '-i', 'pipe:0'],
    stdin: (version) => {
      const quoted = (url: string): string => `'${url.replaceAll("'", "'\\''")}'`;
      if (version < 500) return `ffconcat version 1.0\nfile ${quoted(`${text}${text.includes('?') ? '&' : '?'}tcp`)}\n`;
      const options = `option rtsp_transport tcp\noption timeout ${SOCKET_TIMEOUT_US}\noption fflags nobuffer\n`;
      return `ffconcat version 1.0\nfile ${quoted(text)}\n${options}`;
    },
  };
}
