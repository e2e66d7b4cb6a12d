import { modelError } from '../errors.js';
import type { GraphValue } from '../infer/graph-contract.js';
import type { BareTensor } from '../infer/ort-session.js';

/** Numerical Recipes' generator: the same noise in every run. */
function* noise(): Generator<number, never> {
  for (let state = 1; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/**
 * Noise in the shape of whatever a graph takes: bytes, or numbers of about the size of normalised pixels. A leading
 * dimension that is left open is one picture.
 * @throws model error `input-unknown` for other types and open sizes.
 */
export function noiseFeeds(inputs: readonly GraphValue[], graphPath: string): Record<string, BareTensor> {
  const source = noise();
  return Object.fromEntries(
    inputs.map((input) => {
      const dims = (input.shape ?? []).map((size, index) => (index === 0 && typeof size !== 'number' ? 1 : size));
      if (!isSupported(input.type) || !dims.every(isSize)) throw unknownInput(input, graphPath);
      const count = dims.reduce((product, size) => product * size, 1);
      const data = input.type === 'uint8' ? new Uint8Array(count) : new Float32Array(count);
      for (let i = 0; i < count; i++)
        data[i] = input.type === 'uint8' ? source.next().value * 256 : source.next().value * 4 - 2;
      return [input.name, { type: input.type, dims, data }];
    }),
  );
}

const isSupported = (type: string | undefined): type is BareTensor['type'] => type === 'uint8' || type === 'float32';
const isSize = (size: number | string): size is number => typeof size === 'number' && size > 0;

const unknownInput = ({ name, type, shape }: GraphValue, graphPath: string) =>
  modelError(
    'input-unknown',
    `graph ${graphPath}: input "${name}" is ${type} [${(shape ?? []).join(',')}]; expected uint8 or float32 with all sizes but the first fixed; ` +
      'fix them with "edgenextd model import"',
    { graphPath, input: name },
  );
