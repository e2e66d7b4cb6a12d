import { EdgeError } from '../errors.js';
import type { PictureFormat, View } from '../frame.js';
import type { Size } from '../prepare/picture.js';
import { createPreparer } from '../prepare/prepare.js';

/** A picture on its way to a network: a file's bytes, or what a scaler made of it. */
export interface Captured {
  readonly format: PictureFormat;
  readonly data: Uint8Array;
}

/** Makes the input of a network from a picture as the daemon does. The input is valid until the next call. */
export type InputMaker = (picture: Captured) => Uint8Array;

export function createInputMaker(input: Size, view: View): InputMaker {
  const preparer = createPreparer(input);
  return (picture) => {
    let made: Uint8Array = new Uint8Array();
    preparer.prepare(picture, [view], (_, prepared) => {
      made = prepared;
    });
    return made;
  };
}

/** What says that one picture is bad, not that the work can't go on. ffmpeg ends on a damaged file. */
const BAD_PICTURE = ['frame-corrupt', 'picture-unknown', 'source-exited'];

export const isBadPicture = (thrown: unknown): thrown is EdgeError =>
  thrown instanceof EdgeError && BAD_PICTURE.includes(thrown.code);
