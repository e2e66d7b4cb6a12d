import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../src/edgenext/build-network.js';
import { writeMomentGraph } from '../../src/edgenext/calibration-graph.js';
import { readCheckpoint } from '../../src/edgenext/checkpoint.js';
import { type InputMoments, inverseFactor, quantizeWithFeedback } from '../../src/edgenext/error-feedback.js';
import { writeGraph } from '../../src/edgenext/graph.js';
import { findInt8Weights, wantsMoments } from '../../src/edgenext/int8-weights.js';
import { createMomentStatistics } from '../../src/edgenext/moments.js';
import type { Linear } from '../../src/edgenext/network.js';
import { quantizeWeights } from '../../src/edgenext/quantize.js';
import { generatedCheckpoint, generatedImage } from './generated-checkpoint.js';
import { runGraph, square } from './run-graph.js';

/** A deterministic stream of numbers in -1 … 1. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

const [INPUTS, OUTPUTS, SAMPLES] = [24, 8, 400];

/** Inputs that go together and have a mean, as those of a network have. */
function exampleLayer(seed: number): { layer: Linear; samples: number[][]; moments: InputMoments } {
  const next = numbers(seed);
  const mixing = Array.from({ length: INPUTS }, () => Array.from({ length: 6 }, next));
  const samples = Array.from({ length: SAMPLES }, () => {
    const causes = Array.from({ length: 6 }, next);
    return mixing.map((row) => row.reduce((sum, weight, at) => sum + weight * causes[at]!, 0.3 + 0.05 * next()));
  });
  const products = new Float64Array(INPUTS * INPUTS);
  const mean = new Float64Array(INPUTS);
  for (const x of samples)
    for (let a = 0; a < INPUTS; a++) {
      mean[a] = mean[a]! + x[a]! / SAMPLES;
      for (let b = 0; b < INPUTS; b++) products[a * INPUTS + b] = products[a * INPUTS + b]! + x[a]! * x[b]!;
    }
  const layer = {
    ...{ name: 'example', inputs: INPUTS, outputs: OUTPUTS, bias: Float32Array.from({ length: OUTPUTS }, next) },
    weight: Float32Array.from({ length: INPUTS * OUTPUTS }, next),
  };
  return { layer, samples, moments: { mean, products } };
}

/** Mean squared error of the layer's outputs over the samples. */
function outputError(layer: Linear, samples: number[][], values: Int8Array, scales: Float32Array, bias: Float32Array) {
  let error = 0;
  for (const x of samples)
    for (let output = 0; output < OUTPUTS; output++) {
      let difference = layer.bias[output]! - bias[output]!;
      for (let input = 0; input < INPUTS; input++) {
        const at = input * OUTPUTS + output;
        difference += x[input]! * (layer.weight[at]! - values[at]! * scales[output]!);
      }
      error += difference ** 2;
    }
  return error;
}

describe('quantizeWithFeedback', () => {
  it('makes less than half the error of rounding, on any such layer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const { layer, samples, moments } = exampleLayer(seed);
        const rounded = quantizeWeights(layer.weight, OUTPUTS, (at) => at % OUTPUTS);
        const careful = quantizeWithFeedback(layer, moments);
        expect(careful.scales).toEqual(rounded.scales);
        expect(outputError(layer, samples, careful.values, careful.scales, careful.bias)).toBeLessThan(
          0.5 * outputError(layer, samples, rounded.values, rounded.scales, layer.bias),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('rounds where the inputs say nothing', () => {
    const { layer } = exampleLayer(1);
    const nothing = { mean: new Float64Array(INPUTS), products: new Float64Array(INPUTS * INPUTS) };
    const { values, bias } = quantizeWithFeedback(layer, nothing);
    expect(values).toEqual(quantizeWeights(layer.weight, OUTPUTS, (at) => at % OUTPUTS).values);
    expect(bias).toEqual(layer.bias);
  });
});

it('inverseFactor gives U with U’U the inverse', () => {
  const { moments } = exampleLayer(7);
  const matrix = moments.products.map((value, at) => value + (at % (INPUTS + 1) === 0 ? 5 : 0));
  const factor = inverseFactor(matrix, INPUTS);
  const at = (m: Float64Array, row: number, column: number) => m[row * INPUTS + column]!;
  for (let i = 0; i < INPUTS; i++)
    for (let j = 0; j < INPUTS; j++) {
      let product = 0;
      for (let k = 0; k < INPUTS; k++)
        for (let l = 0; l < INPUTS; l++) product += at(factor, l, i) * at(factor, l, k) * at(matrix, k, j);
      expect(product).toBeCloseTo(i === j ? 1 : 0, 8);
    }
});

it('the smoothed network is the same network', async () => {
  const network = buildNetwork(readCheckpoint(generatedCheckpoint('xx_small', 10), 'x'), {
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  });
  const size = square(64);
  const statistics = createMomentStatistics();
  let layers: readonly Linear[] = [];
  const images = [generatedImage(64, 'image-1'), generatedImage(64, 'image-2')];
  const answers = await runGraph((weights) => {
    const graph = writeMomentGraph(network, size, weights, wantsMoments(network));
    layers = graph.layers;
    return graph.bytes;
  }, images);
  for (const answer of answers) statistics.add(layers, answer);
  const { network: smoothed, quantized } = findInt8Weights(network, statistics.moments());
  expect(quantized.size).toBe(layers.length);
  expect(smoothed.stages[3]?.blocks[0]?.mlp.expand.weight).not.toEqual(network.stages[3]?.blocks[0]?.mlp.expand.weight);

  const options = { precisions: new Map(), ranges: new Map(), metadata: {} };
  const [before] = await runGraph((weights) => writeGraph(network, size, weights, options), images);
  const [after] = await runGraph((weights) => writeGraph(smoothed, size, weights, options), images);
  for (const [at, logit] of before!.entries()) expect(after![at]).toBeCloseTo(logit, 4);
});
