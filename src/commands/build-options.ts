import { PRESETS, type Preset } from '../edgenext/presets.js';
import { RANGE_METHODS, type RangeMethod } from '../edgenext/range-methods.js';
import { configurationError } from '../errors.js';
import type { Fit } from '../frame.js';

/** What is said of a package, however it is made; as typed. */
export interface PackageOptions {
  /** The package's folder; default `NAME-VERSION` in the current one. */
  readonly out?: string;
  /** A text file with one class name a line; default `class-0`, `class-1`, … */
  readonly labels?: string;
  readonly name?: string;
  readonly version?: string;
  readonly release?: string;
  readonly fit?: string;
  readonly cropPct?: string;
  /** A folder of pictures that go into the package with the float32 scores. */
  readonly golden?: string;
  readonly licence?: string;
  readonly attribution?: string;
}

/** `edgenextd model build`, as typed. */
export interface ModelBuildOptions extends PackageOptions {
  /** Each a checkpoint file, or `hf:OWNER/NAME@REVISION`; the first one's rungs come first. */
  readonly checkpoints: readonly string[];
  /** Input sizes, comma-separated: `160` or `128x96` (width x height); the first is the package's default. */
  readonly size?: string;
  /** Graphs beside float32, comma-separated ids of presets: `int8-linear,int8`. */
  readonly graphs?: string;
  /** A folder of pictures like those that the model will see; some presets need it. */
  readonly calibrate?: string;
  /** How the ranges of activations are chosen from these pictures; an id of `RANGE_METHODS`. */
  readonly ranges?: string;
  /** Measured accuracy, `SIZE:METRIC=VALUE@IMAGES:DATA` (with several checkpoints a rung, `xx_small-160`, for SIZE), e.g. `160:top1=0.84@518:held-out photographs of Caltech-101`. */
  readonly quality?: readonly string[];
}

export interface InputSize {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface StatedQuality {
  /** A size or a rung. */
  readonly place: string;
  readonly metric: string;
  readonly value: number;
  readonly images: number;
  readonly data: string;
}

const FITS: readonly Fit[] = ['crop', 'squash', 'letterbox'];
/** timm's for EdgeNeXt. */
const EVALUATION_CROP = 0.9;

export const optionError = (option: string, expected: string, received: string) =>
  configurationError('option-invalid', `--${option} "${received}": expected ${expected}`, { option, received });

/** `known`: the size that the checkpoint's repository names. */
export function parseSizes(
  given?: string,
  known?: { readonly width: number; readonly height: number } | null,
): InputSize[] {
  const text = given ?? (known ? sizeText(known) : undefined);
  if (text === undefined)
    throw configurationError(
      'option-missing',
      '--size is missing: the checkpoint does not say which size it is for',
      {},
    );
  const sizes = text.split(',').map((part) => {
    const match = /^(\d+)(?:x(\d+))?$/.exec(part.trim());
    if (!match) throw optionError('size', 'sizes such as 160 or 128x96, comma-separated', text);
    const width = Number(match[1]);
    return { id: part.trim(), width, height: Number(match[2] ?? width) };
  });
  if (new Set(sizes.map(({ id }) => id)).size !== sizes.length) throw optionError('size', 'each size once', text);
  return sizes;
}

const sizeText = ({ width, height }: { readonly width: number; readonly height: number }): string =>
  width === height ? String(width) : `${width}x${height}`;

/** `stated`: what the checkpoint's repository says; its share belongs to its own fit. */
export function parseFit(
  given?: string,
  cropPct?: string,
  stated?: { readonly fit: Fit | null; readonly cropPct: number | null } | null,
): { fit: Fit; cropPct: number } {
  const fit = given ?? stated?.fit ?? 'crop';
  const known = FITS.find((candidate) => candidate === fit);
  if (!known) throw optionError('fit', FITS.join(', '), fit);
  const usual = known === 'crop' ? ((stated?.fit ?? 'crop') === 'crop' && stated?.cropPct) || EVALUATION_CROP : 1;
  const share = cropPct === undefined ? usual : Number(cropPct);
  if (!(share > 0 && share <= 1)) throw optionError('crop-pct', 'a share above 0, at most 1', String(cropPct));
  return { fit: known, cropPct: share };
}

export function parseRelease(text = '1'): number {
  const release = Number(text);
  if (!Number.isSafeInteger(release) || release < 1) throw optionError('release', 'a whole number from 1 on', text);
  return release;
}

export function parseName(text: string): string {
  if (/^[a-z0-9][a-z0-9_.-]{0,63}$/.test(text)) return text;
  throw optionError('name', 'lower-case letters, digits, "_", "." and "-"', text);
}

export function parseVersion(text = '0.1.0'): string {
  if (/^\d+\.\d+\.\d+$/.test(text)) return text;
  throw optionError('version', 'major.minor.patch', text);
}

/** float32 comes first and always: the expected scores are its. */
export function parsePresets(text = 'float32', hasPictures = false): Preset[] {
  const known = PRESETS.map(({ id }) => id);
  const chosen = PRESETS.filter(({ id, precision }) => precision === 'float32' || text.split(',').includes(id));
  const unknown = text.split(',').filter((id) => !known.includes(id));
  if (unknown.length > 0) throw optionError('graphs', `some of ${known.join(', ')}, comma-separated`, text);
  const needing = chosen.filter(({ isCalibrated }) => isCalibrated);
  if (needing.length === 0 || hasPictures) return chosen;
  throw optionError(
    'graphs',
    `--calibrate FOLDER with it: ${needing.map(({ id }) => id).join(', ')} need pictures`,
    text,
  );
}

export function parseRangeMethod(text?: string): RangeMethod {
  const method = text === undefined ? RANGE_METHODS[0] : RANGE_METHODS.find(({ id }) => id === text);
  if (method) return method;
  throw optionError('ranges', `one of ${RANGE_METHODS.map(({ id }) => id).join(', ')}`, String(text));
}

/** `places`: sizes and rungs that the package will have. */
export function parseQuality(text: string, places: readonly string[]): StatedQuality {
  const match = /^([^:]+):([\w-]+)=([\d.]+)@(\d+):(.+)$/.exec(text);
  const value = Number(match?.[3]);
  if (!match || !(value >= 0 && value <= 1))
    throw optionError('quality', 'SIZE:METRIC=VALUE@IMAGES:DATA with a value of 0 to 1', text);
  const [, place = '', metric = '', , images, data = ''] = match;
  if (!places.includes(place)) throw optionError('quality', `it of one of ${places.join(', ')}`, text);
  return { place, metric, value, images: Number(images), data };
}
