import { readdir } from 'node:fs/promises';
import { configurationError } from '../errors.js';
import { createInputMaker } from '../evaluate/picture-input.js';
import type { View } from '../frame.js';
import { pictureFormatOf } from '../prepare/picture-format.js';
import type { InputSize } from './build-options.js';

/**
 * Names of the JPEG, PNG and PPM files of the folder that an option names, `deep` with its sub-folders, sorted.
 * Throws `pictures-missing`.
 */
export async function pictureNames(option: string, folder: string, depth: 'flat' | 'deep'): Promise<string[]> {
  const entries = await readdir(folder, { recursive: depth === 'deep' }).catch((cause) => {
    throw configurationError(
      'pictures-missing',
      `--${option} ${folder} can't be read: ${String(cause)}`,
      { folder },
      cause,
    );
  });
  const names = entries.filter((entry) => /\.(jpe?g|png|ppm)$/i.test(entry)).sort();
  if (names.length > 0) return names;
  throw configurationError('pictures-missing', `--${option} ${folder} holds no .jpg, .png or .ppm file`, { folder });
}

/** Makes the network's input of picture files as the daemon does. The input is valid until the next call. */
export function createPictureInput(
  size: Omit<InputSize, 'id'>,
  view: View,
): (name: string, bytes: Uint8Array) => Uint8Array {
  const inputOf = createInputMaker(size, view);
  return (name, bytes) => {
    const format = pictureFormatOf(bytes);
    if (!format) throw configurationError('picture-unreadable', `${name} is no JPEG, PNG or PPM picture`, { name });
    return inputOf({ format, data: bytes });
  };
}
