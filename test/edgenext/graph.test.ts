import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../src/edgenext/build-network.js';
import { readCheckpoint } from '../../src/edgenext/checkpoint.js';
import { countMacs } from '../../src/edgenext/cost.js';
import { writeGraph } from '../../src/edgenext/graph.js';
import type { MapSize } from '../../src/edgenext/layers.js';
import type { Network } from '../../src/edgenext/network.js';
import { readModel } from '../../src/onnx/read-model.js';
import { SharedWeights } from '../../src/onnx/shared-weights.js';
import { generatedCheckpoint } from './generated-checkpoint.js';

const NORMALISATION = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const writeFloat32 = (network: Network, size: MapSize, weights: SharedWeights, metadata: Record<string, string>) =>
  writeGraph(network, size, weights, { precisions: new Map(), ranges: new Map(), metadata });
const networkOf = (variant: string, classes = 5) =>
  buildNetwork(readCheckpoint(generatedCheckpoint(variant, classes), variant), NORMALISATION);

describe('writeGraph', () => {
  const network = networkOf('xx_small');

  it('writes the same bytes for the same input', () => {
    const write = () => {
      const weights = new SharedWeights('w');
      const graph = writeFloat32(network, { width: 96, height: 64 }, weights, { a: 'b' });
      return Buffer.concat([graph, weights.toBytes()]);
    };
    expect(write().equals(write())).toBe(true);
  });

  it('shares every weight between sizes: a second size adds only what hangs on the size', () => {
    const weights = new SharedWeights('w');
    writeFloat32(network, { width: 128, height: 128 }, weights, {});
    const one = weights.toBytes().length;
    writeFloat32(network, { width: 160, height: 128 }, weights, {});
    expect(weights.toBytes().length - one).toBe((160 / 8) * (128 / 8) * (48 + 1) * 4);
  });

  it('states its inputs, outputs, operator sets and metadata', () => {
    const model = readModel(
      writeFloat32(network, { width: 96, height: 64 }, new SharedWeights('w'), { name: 'n' }),
      'x',
    );
    expect(model.metadataProps).toMatchObject([{ key: 'name', value: 'n' }]);
    expect(model.opsetImport.map(({ domain }) => domain)).toEqual(['', 'com.microsoft']);
    expect(model.graph?.input.map(({ name }) => name)).toEqual(['image']);
    expect(model.graph?.output.map(({ name }) => name)).toEqual(['logits']);
  });

  it.each([
    [100, 64],
    [0, 64],
    [64, 48],
  ])('refuses %ix%i', (width, height) => {
    expect(() => writeFloat32(network, { width, height }, new SharedWeights('w'), {})).toThrow(/multiples of 32/);
  });
});

// Published figures of the networks at 256 px, less the positional projection, which is a constant here.
it.each([
  ['xx_small', 257.91e6, 3.15e6],
  ['x_small', 533.19e6, 4.2e6],
  ['small', 1253.23e6, 6.3e6],
  ['small_rw', 1568.11e6, 6.3e6],
])('%s has the published number of multiply-adds', (variant, published, positions) => {
  const macs = countMacs(networkOf(variant, 1000), { width: 256, height: 256 });
  expect(Math.abs(macs + positions - published) / published).toBeLessThan(0.001);
});
