import { defineConfig } from 'vitest/config';

/** Which tests run, by `--mode`: `test` needs nothing but this checkout, `shared` also the folder beside it, `proof` time. */
const SUITES: Readonly<Record<string, { include: string[]; exclude: string[] }>> = {
  test: { include: ['test/**/*.test.ts'], exclude: ['test/shared/**', 'test/proof/**'] },
  shared: { include: ['test/shared/**/*.test.ts'], exclude: [] },
  proof: { include: ['test/proof/**/*.test.ts'], exclude: [] },
};

export default defineConfig(({ mode }) => ({
  test: {
    root: new URL('..', import.meta.url).pathname,
    ...SUITES[mode],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: mode === 'test' ? 20_000 : 600_000,
    hookTimeout: mode === 'test' ? 20_000 : 600_000,
  },
}));
