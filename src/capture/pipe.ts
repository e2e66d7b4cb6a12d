import { lstat } from 'node:fs/promises';
import type { Clock } from '../clock.js';
import { configurationError } from '../errors.js';
import { runFifo } from './pipe-fifo.js';
import { trustedStamp } from './pipe-header.js';
import { runListener } from './pipe-listener.js';
import type { Scheme } from './scheme.js';
import type { Source, SourceSink } from './source.js';
import { readOptions, requirePath } from './source-url.js';
import { createPipeSplitter, type PipeSplitter } from './split-pipe.js';

/** sun_path of unix(7) holds 108 bytes with the closing zero; libuv would cut a longer one silently. */
const LONGEST_SOCKET_PATH_BYTES = 107;

/**
 * Frames from any process that writes 24-byte headers (docs/sources.md): a FIFO that is there is read; at any other
 * path the daemon listens on a Unix stream socket. Producers come and go: that is no end and no failure.
 */
export const pipe: Scheme = {
  usage: 'pipe:PATH',
  credentials: false,
  open(url, request, tools) {
    const path = requirePath(url, 'the path of a FIFO or a Unix socket');
    readOptions(url, {});
    if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH_BYTES) {
      throw configurationError(
        'source-path',
        `pipe:${path} is longer than the ${LONGEST_SOCKET_PATH_BYTES} bytes that a socket path may have`,
        { path },
      );
    }
    return { source: pipeSource(path, tools.clock), expectedFps: request.fps, waitsForProducer: true };
  },
};

function pipeSource(path: string, clock: Clock): Source {
  return {
    async run(sink, signal) {
      const found = await lstat(path).catch(() => null);
      const splitter = (): PipeSplitter => splitterInto(sink, clock);
      if (found?.isFIFO()) await runFifo(path, splitter, sink, signal);
      else await runListener(path, splitter, sink, signal);
    },
  };
}

function splitterInto(sink: SourceSink, clock: Clock): PipeSplitter {
  let distrusted = false;
  return createPipeSplitter(
    (header, data, firstByteNs) => {
      const captured = trustedStamp(header.captureNs, firstByteNs, clock.monotonicNs());
      if (captured.source === 'arrival' && header.captureNs !== 0n && !distrusted) {
        distrusted = true;
        sink.note("the producer's capture times are not on this machine's CLOCK_MONOTONIC, so arrival times are used", {
          captureNs: String(header.captureNs),
        });
      }
      sink.frame({ seq: header.seq, format: header.format, data, captured });
    },
    (reason) => sink.corrupt(reason),
    clock.monotonicNs,
  );
}
