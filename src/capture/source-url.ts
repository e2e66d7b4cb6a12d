import { configurationError, type EdgeError } from '../errors.js';

/** A source's URL taken apart: `scheme:path?options`. Nothing is percent-decoded: a path is written as on the disk, without `?`. */
export interface SourceUrl {
  readonly text: string;
  readonly scheme: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

const SHAPE = /^([a-z][a-z0-9]*):([^?]*)(?:\?(.*))?$/s;
const USER_INFO = /^([a-z][a-z0-9]*:\/\/)([^/?#]*)@/i;
const SECRET_PARAMETER = /([?&](?:pass(?:word|wd)?|pwd|token|key|secret|auth|user(?:name)?)=)([^&#]+)/gi;

/** The URL as it may be logged: user, password and parameters that look like one are replaced by `***`. */
export function redactUrl(url: string): string {
  return url.replace(USER_INFO, '$1***@').replace(SECRET_PARAMETER, '$1***');
}

/** Every text that gives something away when a program repeats it, longest first; none when the URL has no secret. */
export function secretsOf(url: string): readonly string[] {
  const userInfo = USER_INFO.exec(url)?.[2] ?? '';
  const parts = [userInfo, userInfo.slice(userInfo.indexOf(':') + 1)];
  for (const match of url.matchAll(SECRET_PARAMETER)) parts.push(match[2] ?? '');
  const secrets = parts.filter((part) => part !== '').flatMap((part) => [part, percentDecoded(part)]);
  return secrets.length === 0 ? [] : [...new Set([url, ...secrets])].sort((a, b) => b.length - a.length);
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function parseSourceUrl(url: string): SourceUrl {
  const shape = SHAPE.exec(url);
  const control = [...url].some((character) => character < ' ' || character === '\u007f');
  if (shape === null || control) {
    throw configurationError(
      'source-url',
      `"${redactUrl(url)}" is not a source: expected scheme:path?options, such as v4l2:/dev/v4l/by-path/… or images:folder?fps=5, without control characters`,
      { url: redactUrl(url) },
    );
  }
  return { text: url, scheme: shape[1] ?? '', path: shape[2] ?? '', query: new URLSearchParams(shape[3] ?? '') };
}

/** Reads one option's text; null when it is not acceptable. */
export interface OptionKind<T> {
  readonly expected: string;
  readonly read: (text: string) => T | null;
}

export const flag: OptionKind<boolean> = {
  expected: '0 or 1',
  read: (text) => (text === '1' ? true : text === '0' ? false : null),
};

export const numberBetween = (least: number, most: number): OptionKind<number> => ({
  expected: `a number from ${least} to ${most}`,
  read: (text) => inRange(/^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN, least, most),
});

export const integerBetween = (least: number, most: number): OptionKind<number> => ({
  expected: `a whole number from ${least} to ${most}`,
  read: (text) => inRange(/^\d+$/.test(text) ? Number(text) : Number.NaN, least, most),
});

export const oneOf = <T extends string>(...words: readonly T[]): OptionKind<T> => ({
  expected: words.join(' or '),
  read: (text) => words.find((word) => word === text) ?? null,
});

export const pictureSize: OptionKind<{ readonly width: number; readonly height: number }> = {
  expected: 'a size such as 640x480',
  read: (text) => {
    const [, width, height] = /^([1-9]\d{1,3})x([1-9]\d{1,3})$/.exec(text) ?? [];
    return width === undefined || height === undefined ? null : { width: Number(width), height: Number(height) };
  },
};

const inRange = (value: number, least: number, most: number): number | null =>
  value >= least && value <= most ? value : null;

type Kinds = Readonly<Record<string, OptionKind<unknown>>>;
type Options<K extends Kinds> = { readonly [Name in keyof K]?: K[Name] extends OptionKind<infer T> ? T : never };

/** The options after `?`, strictly: an unknown name, a name given twice or an unacceptable value is refused. */
export function readOptions<K extends Kinds>(url: SourceUrl, kinds: K): Options<K> {
  const options: Record<string, unknown> = {};
  for (const [name, text] of url.query) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw optionError(url, name, `one of ${Object.keys(kinds).join(', ') || 'none'}`, name);
    if (name in options) throw optionError(url, name, 'it once', 'it twice');
    const value = kind.read(text);
    if (value === null) throw optionError(url, name, kind.expected, `"${text}"`);
    options[name] = value;
  }
  return options as Options<K>;
}

function optionError(url: SourceUrl, option: string, expected: string, found: string): EdgeError {
  return configurationError(
    'source-option',
    `source ${redactUrl(url.text)}: option "${option}": expected ${expected}, found ${found}`,
    { url: redactUrl(url.text), option, expected, found },
  );
}

/** For schemes that need something after the colon. */
export function requirePath(url: SourceUrl, expected: string): string {
  if (url.path !== '') return url.path;
  throw configurationError(
    'source-path',
    `source ${url.text}: expected ${expected} after "${url.scheme}:", found nothing`,
    {
      url: url.text,
      expected,
    },
  );
}

const CAMERA_NUMBER = integerBetween(0, 15);

/** For schemes whose path is the number of a camera; empty means 0. */
export function readCameraNumber(url: SourceUrl): number {
  const camera = CAMERA_NUMBER.read(url.path === '' ? '0' : url.path);
  if (camera !== null) return camera;
  throw configurationError(
    'source-path',
    `source ${url.text}: expected the camera's number, from 0 to 15, found "${url.path}"`,
    {
      url: url.text,
    },
  );
}

/** 4:2:0 needs even sides. */
export const evenSide = (side: number): number => side - (side % 2);
