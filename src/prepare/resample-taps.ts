/**
 * The filter of Pillow's bicubic resize along one axis, as its Resample.c computes it: Keys' cubic with a = -0.5,
 * stretched by the scale when shrinking (antialiased), normalised in double precision, then rounded to fixed point.
 */

/** Bits after the point: 32, less 8 of the pixel and 2 for the filter's overshoot. */
export const PRECISION_BITS = 32 - 8 - 2;

const SUPPORT = 2;

/**
 * For output `first + i`: pixels `starts[i]` to `starts[i] + lengths[i] - 1`, weights from `i * stride` on. Zero weights
 * at either end are left out, so that an axis which keeps its size costs one tap.
 */
export interface Taps {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly weights: Int32Array;
  readonly stride: number;
  /** The pixels that any of the taps read: the first, and how many. */
  readonly firstRead: number;
  readonly countRead: number;
}

/** Taps of the outputs `first` to `first + count - 1` of a resize from `inSize` to `outSize` pixels. */
export function resampleTaps(inSize: number, outSize: number, first: number, count: number): Taps {
  const scale = inSize / outSize;
  const filterScale = Math.max(scale, 1);
  const support = SUPPORT * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const lengths = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const exact = new Float64Array(stride);
  let firstRead = inSize;
  let endRead = 0;
  for (let i = 0; i < count; i++) {
    const centre = (first + i + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const length = Math.min(Math.trunc(centre + support + 0.5), inSize) - start;
    let sum = 0;
    for (let t = 0; t < length; t++) {
      const weight = bicubic((t + start - centre + 0.5) * (1 / filterScale));
      exact[t] = weight;
      sum += weight;
    }
    let skipped = 0;
    let kept = 0;
    for (let t = 0; t < length; t++) {
      const weight = fixedPoint(sum === 0 ? exact[t]! : exact[t]! / sum);
      if (weight === 0 && t === skipped) skipped++;
      else weights[i * stride + t - skipped] = weight;
      if (weight !== 0) kept = t + 1 - skipped;
    }
    starts[i] = start + skipped;
    lengths[i] = kept;
    firstRead = Math.min(firstRead, start + skipped);
    endRead = Math.max(endRead, start + skipped + kept);
  }
  return { starts, lengths, weights, stride, firstRead, countRead: endRead - firstRead };
}

const fixedPoint = (weight: number): number => Math.trunc(weight * (1 << PRECISION_BITS) + (weight < 0 ? -0.5 : 0.5));

function bicubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}
