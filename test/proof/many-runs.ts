import { createRequire } from 'node:module';

/** How often more than in `npm test`. */
const FACTOR = 50;

const fc = createRequire(import.meta.url)('fast-check') as typeof import('fast-check');

const assert: typeof fc.assert = ((property, parameters) =>
  fc.assert(property, { ...parameters, numRuns: (parameters?.numRuns ?? 100) * FACTOR })) as typeof fc.assert;

/** Stands for fast-check in `npm run proof`: the same properties, many more runs. */
// biome-ignore lint/style/noDefaultExport: what fast-check has
export default { ...fc, assert };
