import { expect, it } from 'vitest';
import { fourier } from '../../src/edgenext/positions.js';

// Computed from the authors' formula for a map of 32 rows.
it.each([
  [1, [0.19509, 0.980785, 0.110191, 0.99391, 0.062051, 0.998073]],
  [32, [0, 1, -0.381762, -0.924261, 0.914664, -0.404216]],
])('row %i of 32 is encoded as published', (row, values) => {
  for (const [at, value] of values.entries()) expect(fourier(row, 32)[at]).toBeCloseTo(value, 5);
});
