import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { View } from '../../src/frame.js';
import type { PixelView, Size } from '../../src/prepare/picture.js';

/** The same bytes as `noise` in test/fixtures/pillow/make-fixtures.py. */
export function noise(count: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    bytes[i] = state >> 16;
  }
  return bytes;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function fixture<Case>(name: string): Case[] {
  return JSON.parse(readFileSync(new URL(`../fixtures/pillow/${name}.json`, import.meta.url), 'utf8')) as Case[];
}

export const rgbFormat = (width: number, height: number, rowStride = width * 3) =>
  ({ kind: 'rgb24', width, height, rowStride }) as const;

export const viewOf = (changes: Partial<View>): View => ({
  rotate: 0,
  fit: 'crop',
  cropPct: 1,
  region: null,
  ...changes,
});

export const packedView = ({ width, height }: Size, data: Uint8Array): PixelView => ({
  data,
  width,
  height,
  offset: 0,
  xStep: 3,
  yStep: width * 3,
});
