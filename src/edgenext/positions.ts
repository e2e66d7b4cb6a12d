import { POSITION_CHANNELS } from './expected-tensors.js';
import type { Linear } from './network.js';

const TEMPERATURE = 10_000;
const EPSILON = 1e-6;
const HALF = POSITION_CHANNELS / 2;

/**
 * The positional encoding of every position of a height x width map, projected: [height * width, channels].
 * The same for every picture, so it is a constant of the graph. Formula: PositionalEncodingFourier of the authors and timm.
 */
export function positionalEncoding(projection: Linear, height: number, width: number): Float32Array {
  const rows = Array.from({ length: height }, (_, y) => projectHalf(projection, 0, fourier(y + 1, height)));
  const columns = Array.from({ length: width }, (_, x) => projectHalf(projection, HALF, fourier(x + 1, width)));
  const channels = projection.outputs;
  const encoding = new Float32Array(height * width * channels);
  let at = 0;
  for (const row of rows)
    for (const column of columns)
      for (let channel = 0; channel < channels; channel++)
        encoding[at++] = row[channel]! + column[channel]! + projection.bias[channel]!;
  return encoding;
}

/** Sine and cosine, interleaved, of the coordinate (1 … size) as a share of a full turn, at 16 frequencies. */
export function fourier(coordinate: number, size: number): number[] {
  const angle = (coordinate / (size + EPSILON)) * 2 * Math.PI;
  return Array.from({ length: HALF }, (_, index) => {
    const phase = angle / TEMPERATURE ** ((2 * Math.floor(index / 2)) / HALF);
    return index % 2 === 0 ? Math.sin(phase) : Math.cos(phase);
  });
}

/** The share of the projection that reads the encoding's channels from `first` on. */
function projectHalf(projection: Linear, first: number, encoding: readonly number[]): number[] {
  return Array.from({ length: projection.outputs }, (_, channel) =>
    encoding.reduce(
      (sum, value, at) => sum + value * projection.weight[(first + at) * projection.outputs + channel]!,
      0,
    ),
  );
}
