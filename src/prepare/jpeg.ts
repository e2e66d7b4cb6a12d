/**
 * JPEG to RGB, equal to Pillow bit for bit: accurate DCT, smooth chroma. The binding inside @julusian/jpeg-turbo always
 * asks for the fast DCT (up to 8 levels off), so the libjpeg-turbo that the package ships is called directly.
 * EXIF orientation is not applied, as timm and Pillow's `open` do not.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { deviceError } from '../errors.js';
import { checkSize, corruptPicture } from './corrupt-picture.js';
import type { Size } from './picture.js';

/** turbojpeg.h, version 3. */
const TJINIT_DECOMPRESS = 1;
const TJPARAM_JPEGWIDTH = 5;
const TJPARAM_JPEGHEIGHT = 6;
const TJPARAM_PRECISION = 7;
const TJPARAM_COLORSPACE = 8;
const TJCS_CMYK = 3;
const TJCS_YCCK = 4;
const TJPF_RGB = 0;

interface TurboJpeg {
  readHeader(data: Uint8Array): number;
  get(parameter: number): number;
  decode(data: Uint8Array, rgb: Uint8Array, rowBytes: number): number;
  lastError(): string;
}

let loaded: TurboJpeg | null = null;

/** Decodes into the memory that `take` gives for the picture's size. */
export function decodeJpeg(data: Uint8Array, take: (size: Size) => Uint8Array): Size {
  loaded ??= loadTurboJpeg();
  const turbo = loaded;
  if (turbo.readHeader(data) !== 0) throw corruptPicture('JPEG', turbo.lastError(), { bytes: data.length });
  const width = turbo.get(TJPARAM_JPEGWIDTH);
  const height = turbo.get(TJPARAM_JPEGHEIGHT);
  checkSize('JPEG', width, height);
  checkColours(turbo);
  const rgb = take({ width, height });
  if (turbo.decode(data, rgb, width * 3) !== 0) {
    const problem = turbo.lastError();
    if (!isHarmless(problem)) throw corruptPicture('JPEG', problem, { bytes: data.length });
  }
  return { width, height };
}

function checkColours(turbo: TurboJpeg): void {
  const colours = turbo.get(TJPARAM_COLORSPACE);
  if (colours === TJCS_CMYK || colours === TJCS_YCCK) {
    throw corruptPicture('JPEG', 'it has the four colours of print (CMYK), expected grey or RGB: convert it first');
  }
  const bits = turbo.get(TJPARAM_PRECISION);
  if (bits !== 8) throw corruptPicture('JPEG', `it has ${bits} bits a sample, expected 8`, { bits });
}

/** Many USB cameras pad their pictures; libjpeg warns of the stray bytes (the first warning is kept) and decodes all. */
const isHarmless = (warning: string): boolean => /extraneous bytes before marker/.test(warning);

function loadTurboJpeg(): TurboJpeg {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('@julusian/jpeg-turbo/package.json'));
  const path = join(folder, 'prebuilds', `jpeg-turbo-linux-${process.arch}`, 'libturbojpeg.so.0');
  try {
    const koffi: typeof import('koffi').default = require('koffi');
    const library = koffi.load(path);
    const handle: unknown = library.func('void *tj3Init(int initType)')(TJINIT_DECOMPRESS);
    const readHeader = library.func('int tj3DecompressHeader(void *handle, void *jpeg, size_t bytes)');
    const get = library.func('int tj3Get(void *handle, int parameter)');
    const decode = library.func(
      'int tj3Decompress8(void *handle, void *jpeg, size_t bytes, void *pixels, int pitch, int format)',
    );
    const lastError = library.func('const char *tj3GetErrorStr(void *handle)');
    return {
      readHeader: (data) => readHeader(handle, data, data.length),
      get: (parameter) => get(handle, parameter),
      decode: (data, rgb, rowBytes) => decode(handle, data, data.length, rgb, rowBytes, TJPF_RGB),
      lastError: () => lastError(handle),
    };
  } catch (cause) {
    const message = `The JPEG decoder ${path} can't be loaded, so no JPEG frame can be used: reinstall with "npm ci" on 64-bit Linux with glibc`;
    throw deviceError('jpeg-decoder-missing', message, { path }, cause);
  }
}
