/**
 * Where frames come from. One row a URL scheme, one file a row; each row makes a Source (source.ts), and managed-camera.ts
 * keeps it going. Promises: whole frames only, what is damaged is counted, a slow daemon loses frames instead of slowing
 * a source, and after an abort no process is left. To test one: test/capture/contract.test.ts runs all of them through
 * stalls, ends, crashes and garbage, with stand-ins for the programs first on the search path.
 */
import { configurationError } from '../errors.js';
import { argus } from './argus.js';
import { images } from './images.js';
import { pipe } from './pipe.js';
import { rpicam } from './rpicam.js';
import { rtsp } from './rtsp.js';
import type { OpenedSource, Scheme, SourceTools } from './scheme.js';
import type { SourceRequest } from './source.js';
import { parseSourceUrl, redactUrl } from './source-url.js';
import { synthetic } from './synthetic.js';
import { v4l2 } from './v4l2.js';
import { video } from './video.js';

export type { OpenedSource, SourceTools } from './scheme.js';

export const SCHEMES: Readonly<Record<string, Scheme>> = {
  rpicam,
  argus,
  v4l2,
  rtsp,
  rtsps: rtsp,
  video,
  images,
  pipe,
  synthetic,
};

/** Reads the URL and makes its source; nothing is started. Throws a configuration error that says what is wrong in the URL. */
export function openSource(request: SourceRequest, tools: SourceTools): OpenedSource {
  const url = parseSourceUrl(request.url);
  const scheme = Object.hasOwn(SCHEMES, url.scheme) ? SCHEMES[url.scheme] : undefined;
  if (scheme === undefined) {
    throw configurationError(
      'source-scheme',
      `source ${redactUrl(request.url)}: unknown scheme "${url.scheme}": expected one of ${Object.keys(SCHEMES).join(', ')}`,
      { url: redactUrl(request.url), known: Object.keys(SCHEMES) },
    );
  }
  if (!scheme.credentials && redactUrl(request.url) !== request.url) {
    throw configurationError(
      'source-url',
      `source ${redactUrl(request.url)}: "${url.scheme}:" takes no user or password`,
      {},
    );
  }
  return scheme.open(url, request, tools);
}
