import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { ints } from '../../src/onnx/attributes.js';
import { CONTRIB, GraphBuilder } from '../../src/onnx/graph-builder.js';
import { readModel } from '../../src/onnx/read-model.js';
import { SharedWeights } from '../../src/onnx/shared-weights.js';
import { float32 } from '../../src/onnx/tensor.js';

/** x [1,4] times a factor, turned upside down by its attribute kinds: ints, float, int. */
function example(weights: SharedWeights, factor: number): Uint8Array {
  const graph = new GraphBuilder('example', weights);
  const x = graph.input('x', 'float32', [1, 4]);
  const large = graph.constant('large', float32([4, 256], new Float32Array(1024).fill(factor)));
  const product = graph.node('Gemm', 'product', [x, large], { attributes: { alpha: 0.5, transB: 0n } });
  const halves = graph.nodeOf(2, 'Split', 'halves', [product, graph.whole(128, 128)], { attributes: { axis: 1n } });
  const sum = graph.node('Add', 'sum', halves);
  const mean = graph.node('ReduceMean', 'mean', [sum], { attributes: { axes: ints(1), keepdims: 1n } });
  graph.output(graph.node('Gelu', 'y', [mean], { domain: CONTRIB }), 'float32', [1, 1]);
  return graph.encode({ purpose: 'test' });
}

describe('GraphBuilder', () => {
  it('writes graphs that onnxruntime runs, sharing one weight file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
    try {
      const weights = new SharedWeights('shared.bin');
      await writeFile(join(folder, 'a.onnx'), example(weights, 1));
      await writeFile(join(folder, 'b.onnx'), example(weights, 2));
      await writeFile(join(folder, 'shared.bin'), weights.toBytes());
      for (const [file, sum] of [
        ['a.onnx', 10],
        ['b.onnx', 20],
      ] as const) {
        const session = await InferenceSession.create(join(folder, file));
        const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4), [1, 4]) });
        expect(y!.data[0]).toBeCloseTo(sum, 4);
        await session.release();
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('reads back what it wrote', () => {
    const model = readModel(example(new SharedWeights('w'), 1), 'x');
    expect(model.graph?.node.map(({ opType }) => opType)).toEqual(['Gemm', 'Split', 'Add', 'ReduceMean', 'Gelu']);
    expect(model.metadataProps).toMatchObject([{ key: 'purpose', value: 'test' }]);
  });

  it.each<[string, (graph: GraphBuilder) => void, RegExp]>([
    ['a value that nothing computes', (graph) => graph.node('Relu', 'a', ['missing']), /node a takes missing/],
    ['two values of one name', (graph) => [graph.input('a', 'uint8', [1]), graph.input('a', 'uint8', [1])], /named a/],
    ['a constant of another size', (graph) => graph.constant('c', float32([3], [1, 2])), /constant c: 2 elements/],
  ])('refuses %s', (_, build, message) => {
    expect(() => build(new GraphBuilder('g', new SharedWeights('w')))).toThrow(message);
  });
});

describe('SharedWeights', () => {
  it('stores equal bytes once and aligns the others to 64 bytes', () => {
    const weights = new SharedWeights('w');
    const [a, b, again] = [
      weights.add(Uint8Array.of(1, 2)),
      weights.add(Uint8Array.of(3)),
      weights.add(Uint8Array.of(1, 2)),
    ];
    expect([a, b, again].map(({ offset }) => offset)).toEqual([0, 64, 0]);
    expect(weights.toBytes()).toHaveLength(128);
  });
});

it('says which file is no ONNX model', () => {
  expect(() => readModel(Uint8Array.of(1, 2, 3), 'picture.onnx')).toThrow(/picture\.onnx is not an ONNX/);
});
