/** Where the network's input comes from in a picture. Pure arithmetic; loads no decoder. */
import type { Region, View } from '../frame.js';
import type { Rect, Size } from './picture.js';
import { halfToEven } from './rounding.js';

/** How one view of a picture becomes one input: turn, cut `region` out, resize it to `scaled`, keep `window` of that. */
export interface Placement {
  /** The picture after rotation. */
  readonly rotated: Size;
  /** In pixels of the rotated picture. */
  readonly region: Rect;
  /** Size that the region is resized to. */
  readonly scaled: Size;
  /** The part of the scaled region that the network sees. */
  readonly window: Rect;
  /** Where the window lies in the input; around it is grey (letterbox). */
  readonly padding: { readonly left: number; readonly top: number };
}

/**
 * `crop` follows timm's evaluation (crop_mode "center"): the region is scaled until it covers `input / cropPct`, and
 * its middle is kept. `squash` scales both sides to the input's, `letterbox` shows all of it, centred, an odd pixel of
 * padding to the right or below.
 */
export function placementOf(picture: Size, view: View, input: Size): Placement {
  const turned = view.rotate === 90 || view.rotate === 270;
  const rotated = turned ? { width: picture.height, height: picture.width } : { ...picture };
  const region = regionInPixels(rotated, view.region);
  const scaled = scaledSize(region, view, input);
  const window = {
    x: halfToEven((scaled.width - Math.min(scaled.width, input.width)) / 2),
    y: halfToEven((scaled.height - Math.min(scaled.height, input.height)) / 2),
    width: Math.min(scaled.width, input.width),
    height: Math.min(scaled.height, input.height),
  };
  const padding = {
    left: Math.floor((input.width - window.width) / 2),
    top: Math.floor((input.height - window.height) / 2),
  };
  return { rotated, region, scaled, window, padding };
}

/** The share, 0 to 1, of the whole picture's area that the network sees through a view. */
export function seenShare(picture: Size, view: View, input: Size): number {
  const { rotated, region, scaled, window } = placementOf(picture, view, input);
  return (area(region) / area(rotated)) * (area(window) / area(scaled));
}

const area = (size: Size): number => size.width * size.height;

/** Edges are rounded to whole pixels; at least one pixel is left, and none lies outside. */
function regionInPixels(picture: Size, region: Region | null): Rect {
  if (region === null) return { x: 0, y: 0, ...picture };
  const [x, width] = edgesInPixels(region.x, region.width, picture.width);
  const [y, height] = edgesInPixels(region.y, region.height, picture.height);
  return { x, y, width, height };
}

function edgesInPixels(from: number, length: number, size: number): [start: number, count: number] {
  const start = Math.min(Math.max(Math.round(from * size), 0), size - 1);
  const end = Math.min(Math.max(Math.round((from + length) * size), start + 1), size);
  return [start, end - start];
}

function scaledSize(region: Size, view: View, input: Size): Size {
  switch (view.fit) {
    case 'squash':
      return { ...input };
    case 'letterbox':
      return containedIn(region, input);
    case 'crop': {
      const width = Math.floor(input.width / view.cropPct);
      const height = Math.floor(input.height / view.cropPct);
      return width === height ? shortSideAt(region, width) : covering(region, { width, height }, input);
    }
  }
}

/** torchvision's `Resize(int)`: the short side becomes `short`, the long one is cut to a whole number. */
function shortSideAt(region: Size, short: number): Size {
  if (region.width <= region.height) {
    return { width: short, height: Math.trunc((short * region.height) / region.width) };
  }
  return { width: Math.trunc((short * region.width) / region.height), height: short };
}

/** timm's `ResizeKeepRatio` for inputs that are not square: rounds both sides. */
function covering(region: Size, target: Size, input: Size): Size {
  const ratio = Math.min(region.width / target.width, region.height / target.height);
  return {
    width: Math.max(halfToEven(region.width / ratio), input.width),
    height: Math.max(halfToEven(region.height / ratio), input.height),
  };
}

function containedIn(region: Size, input: Size): Size {
  const ratio = Math.max(region.width / input.width, region.height / input.height);
  return {
    width: Math.min(Math.max(halfToEven(region.width / ratio), 1), input.width),
    height: Math.min(Math.max(halfToEven(region.height / ratio), 1), input.height),
  };
}
