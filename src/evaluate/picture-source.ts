import { createHash, type Hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { deviceError } from '../errors.js';
import { pictureFormatOf } from '../prepare/picture-format.js';
import type { Captured } from './picture-input.js';
import type { Scaler } from './through-scaler.js';

/** Reads pictures one at a time, so that a folder of any size fits, and remembers what it read. */
export class PictureSource {
  readonly #scaler: Scaler | null;
  readonly #digest: Hash = createHash('sha256');

  /** `scaler`: what a picture passes before the network sees it; null for the file's own bytes. */
  constructor(scaler: Scaler | null) {
    this.#scaler = scaler;
  }

  /** Throws the device errors `picture-unreadable`, `picture-unknown`, and the scaler's. `name` goes into the digest with the bytes. */
  async read(path: string, name: string): Promise<Captured> {
    const data = await readFile(path).catch((cause) => {
      throw deviceError('picture-unreadable', `${path} can't be read: ${String(cause)}`, { path }, cause);
    });
    this.#digest.update(`${name}\0${data.length}\0`).update(data);
    const format = pictureFormatOf(data);
    if (format === null) throw deviceError('picture-unknown', `${path} is no JPEG, PNG or PPM picture`, { path });
    return this.#scaler === null ? { format, data } : this.#scaler(path);
  }

  /** sha-256 over names, lengths and bytes of everything read, in order. Ends the reading. */
  digest(): string {
    return this.#digest.digest('hex');
  }
}
