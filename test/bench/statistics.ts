import { percentile } from '../../src/evaluate/percentile.js';

export { percentile };

export const median = (values: readonly number[]): number => percentile(values, 50);
