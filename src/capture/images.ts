import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type Clock, nsToMs } from '../clock.js';
import { deviceError } from '../errors.js';
import type { PictureFormat } from '../frame.js';
import type { Scheme } from './scheme.js';
import type { Source } from './source.js';
import { flag, numberBetween, readOptions, requirePath } from './source-url.js';
import { waitMs } from './wait.js';

const OPTIONS = { fps: numberBetween(0.01, 240), loop: flag };
const DEFAULT_FPS = 5;
const LARGEST_FILE_BYTES = 64 * 1024 * 1024;

type FileFormat = PictureFormat & { readonly kind: 'jpeg' | 'png' | 'ppm' };
const JPEG: FileFormat = { kind: 'jpeg' };
const BY_EXTENSION: Readonly<Record<string, FileFormat>> = {
  '.jpg': JPEG,
  '.jpeg': JPEG,
  '.png': { kind: 'png' },
  '.ppm': { kind: 'ppm' },
};
const MAGIC: Readonly<Record<FileFormat['kind'], string>> = { jpeg: '\xff\xd8', png: '\x89PNG', ppm: 'P6' };

/** The pictures of a folder in natural order (2 before 10), each file a frame as it is: no scaling happens here. */
export const images: Scheme = {
  usage: 'images:FOLDER?fps=5&loop=1',
  credentials: false,
  open(url, request, tools) {
    const folder = requirePath(url, 'a folder of pictures');
    const { fps = request.fps ?? DEFAULT_FPS, loop = false } = readOptions(url, OPTIONS);
    return { source: imagesSource(folder, fps, loop, tools.clock), expectedFps: fps, waitsForProducer: false };
  },
};

function imagesSource(folder: string, fps: number, loop: boolean, clock: Clock): Source {
  let seq = 0;
  return {
    async run(sink, signal) {
      const periodMs = 1000 / fps;
      let dueMs = nsToMs(clock.monotonicNs());
      do {
        for (const name of await pictureNames(folder)) {
          const format = BY_EXTENSION[extname(name).toLowerCase()];
          const data = await readPicture(join(folder, name));
          if (!(await waitMs(Math.max(0, dueMs - nsToMs(clock.monotonicNs())), signal))) return;
          const monotonicNs = clock.monotonicNs();
          // Late by a period or more: the schedule starts anew from here, no frame is skipped and none is hurried.
          dueMs = Math.max(dueMs, nsToMs(monotonicNs) - periodMs) + periodMs;
          const frameSeq = seq++;
          if (format === undefined || data === null || !data.toString('latin1', 0, 4).startsWith(MAGIC[format.kind])) {
            sink.corrupt(`${name} is no ${format?.kind ?? 'picture'} or can't be read`);
          } else {
            sink.frame({ seq: frameSeq, format, data, captured: { monotonicNs, source: 'arrival' } });
          }
        }
      } while (loop && !signal.aborted);
    },
  };
}

const naturally = new Intl.Collator('en', { numeric: true });

async function pictureNames(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw deviceError(
      'source-missing',
      `folder ${folder} can't be read: give the path of a folder with pictures`,
      { folder },
      cause,
    );
  });
  const pictures = names.filter((name) => extname(name).toLowerCase() in BY_EXTENSION).sort(naturally.compare);
  if (pictures.length > 0) return pictures;
  throw deviceError(
    'source-empty',
    `folder ${folder} holds no pictures: expected .jpg, .jpeg, .png or .ppm, found ${names.length} other files`,
    {
      folder,
      files: names.length,
    },
  );
}

/**
 * null when it is no file, larger than any picture, or can't be read: the folder may change while it is played.
 * Opened non-blocking, because a FIFO among the pictures would hold the reading thread until somebody writes to it, and
 * read to the size that it had, because a device such as /dev/zero has none and never ends.
 */
async function readPicture(path: string): Promise<Buffer | null> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile() || found.size > LARGEST_FILE_BYTES) return null;
    const picture = Buffer.allocUnsafeSlow(found.size);
    const { bytesRead } = await file.read(picture, 0, found.size, 0);
    return picture.subarray(0, bytesRead);
  } catch {
    return null;
  }
}
