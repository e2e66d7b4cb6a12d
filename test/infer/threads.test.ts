import { expect, it } from 'vitest';
import { defaultThreads } from '../../src/infer/threads.js';

it.each([
  [1, 1],
  [2, 1],
  [3, 1],
  [4, 2],
  [12, 6],
])('of %i cores a runner takes %i', (cores, threads) => {
  expect(defaultThreads(cores)).toBe(threads);
});
