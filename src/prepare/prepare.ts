/**
 * prepare/: a frame becomes the network's input, uint8 RGB, height x width x 3. Runs in the runner's process.
 *
 *   decode-picture   JPEG, PNG, PPM, I420, grey → RGB        jpeg, png, ppm, yuv
 *   geometry         picture size + view → where the input comes from; pure
 *   picture          turning and cutting without copying
 *   resize           Pillow's bicubic, bit for bit
 *
 * Promises: the same pixels as timm's evaluation with Pillow; nothing at all is done to a frame that already fits;
 * memory is owned and reused, so a steady stream allocates no pixels. Slow here means large pictures: ask the camera
 * for the model's size. Test it with bytes: `createPreparer(size).prepare(picture, views, use)`.
 */
import type { PictureFormat, View } from '../frame.js';
import { decodePicture } from './decode-picture.js';
import { type Placement, placementOf } from './geometry.js';
import { croppedView, isPacked, type Picture, type PixelView, rotatedView, type Size } from './picture.js';
import { createResizer, type Resizer } from './resize.js';
import { createReusableBuffer, type ReusableBuffer } from './reusable-buffer.js';

/** Grey around a letterboxed picture: YOLO's value, and the mean of ImageNet's mean colour. */
const LETTERBOX_GREY = 114;

interface EncodedPicture {
  readonly format: PictureFormat;
  readonly data: Uint8Array;
}

export interface Preparer {
  /**
   * Decodes the picture once and calls `use` with the input of each view, in order. An input is valid until the
   * next one is made and must not be written to (it may be the frame itself). Returns the picture's size before rotation.
   * Throws the device error `frame-corrupt` for a picture that can't be decoded.
   */
  prepare(picture: EncodedPicture, views: readonly View[], use: (index: number, input: Uint8Array) => void): Size;
}

/** Makes inputs of one size. Keep one for as long as the model's input stays the same. */
export function createPreparer(input: Size): Preparer {
  const decoded = createReusableBuffer();
  const prepared = createReusableBuffer();
  const resizers: Resizer[] = [];
  return {
    prepare({ format, data }, views, use) {
      const picture = decodePicture(format, data, decoded);
      for (const [index, view] of views.entries()) {
        resizers[index] ??= createResizer();
        use(index, inputOf(picture, view, input, resizers[index], prepared));
      }
      return { width: picture.width, height: picture.height };
    },
  };
}

function inputOf(picture: Picture, view: View, input: Size, resizer: Resizer, memory: ReusableBuffer): Uint8Array {
  const placement = placementOf(picture, view, input);
  const seen = croppedView(rotatedView(picture, view.rotate), placement.region);
  const bytes = input.width * input.height * 3;
  if (fitsAlready(seen, placement, input)) return seen.data.subarray(seen.offset, seen.offset + bytes);

  const into = memory.take(bytes);
  const { window, padding } = placement;
  if (window.width < input.width || window.height < input.height) into.fill(LETTERBOX_GREY);
  const offset = (padding.top * input.width + padding.left) * 3;
  resizer.resize(seen, placement.scaled, window, { data: into, offset, rowBytes: input.width * 3 });
  return into;
}

const fitsAlready = (seen: PixelView, { scaled }: Placement, input: Size): boolean =>
  isPacked(seen) && sameSize(seen, scaled) && sameSize(scaled, input);

const sameSize = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;
