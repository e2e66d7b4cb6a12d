import { describe, expect, it } from 'vitest';
import { noiseFeeds } from '../../src/evaluate/noise-feeds.js';
import { readProfile } from '../../src/evaluate/profile.js';
import { timeGraphs } from '../../src/evaluate/time-graphs.js';

describe('timing', () => {
  it('runs all graphs in turn, leaves warm-up out, and gives ratios to the first', async () => {
    let clockMs = 0;
    const order: string[] = [];
    const graph = (id: string, costsMs: (run: number) => number) => {
      let run = 0;
      return {
        id,
        run: () => {
          order.push(id);
          clockMs += costsMs(run++);
          return Promise.resolve();
        },
      };
    };
    let rounds = 0;
    // The first run is slow, as it is with every runtime, and so is the first run of a turn.
    const graphs = [
      graph('a', (run) => (run === 0 ? 100 : run % 2 === 0 ? 9 : 4)),
      graph('b', (run) => (run === 0 ? 500 : 1 + (run === 7 ? 5 : 0))),
    ];
    const timings = await timeGraphs(graphs, {
      ...{ rounds: 3, warmUpRounds: 1, nowMs: () => clockMs },
      advanced: () => {
        rounds++;
      },
    });
    expect(timings).toEqual([
      { id: 'a', p50Ms: 4, p95Ms: 4, ratio: 1 },
      { id: 'b', p50Ms: 1, p95Ms: 6, ratio: 0.25 },
    ]);
    expect(order.join('')).toBe('bbaaaabbbbaaaabb');
    expect(rounds).toBe(3);
  });
});

describe('noise', () => {
  const input = { name: 'x', isTensor: true };

  it('has the type and shape that a graph takes; an open batch is one picture', () => {
    const bytes = noiseFeeds([{ ...input, type: 'uint8', shape: [1, 4, 4, 3] }], 'g').x;
    expect(bytes).toMatchObject({ type: 'uint8', dims: [1, 4, 4, 3], data: { length: 48 } });
    expect(new Set(bytes?.data).size).toBeGreaterThan(30);
    const floats = noiseFeeds([{ ...input, type: 'float32', shape: ['batch', 3, 4, 4] }], 'g').x;
    expect(floats?.dims).toEqual([1, 3, 4, 4]);
    expect(Math.max(...(floats?.data ?? []).map(Math.abs))).toBeLessThanOrEqual(2);
  });

  it.each([
    { type: 'float32', shape: [1, 3, 'height', 'width'] },
    { type: 'int64', shape: [1, 4] },
  ])('is not made for %j', (value) => {
    expect(() => noiseFeeds([{ ...input, ...value }], 'g.onnx')).toThrow(/g\.onnx: input "x"/);
  });
});

it('a profile adds kernels up by operator and node', () => {
  const kernel = (name: string, op: string, index: string, dur: number) => ({
    ...{ cat: 'Node', name: `${name}_kernel_time`, dur },
    args: { op_name: op, node_index: index },
  });
  const events = [
    { cat: 'Session', name: 'model_run', dur: 9999 },
    { cat: 'Node', name: 'a_fence_before', dur: 9999, args: { op_name: 'Conv' } },
    ...[kernel('a', 'Conv', '0', 1000), kernel('', 'Gemm', '1', 2000), kernel('', 'Conv', '2', 500)],
    ...[kernel('a', 'Conv', '0', 3000), kernel('', 'Gemm', '1', 4000), kernel('', 'Conv', '2', 500)],
  ];
  const { operators, nodes } = readProfile(JSON.stringify(events), 2);
  expect(operators).toEqual([
    { operator: 'Gemm', nodes: 1, msPerRun: 3, share: 3 / 5.5 },
    { operator: 'Conv', nodes: 2, msPerRun: 2.5, share: 2.5 / 5.5 },
  ]);
  expect(nodes.map(({ node, msPerRun }) => [node, msPerRun])).toEqual([
    ['', 3],
    ['a', 2],
    ['', 0.5],
  ]);
});
