import { defineConfig } from 'vitest/config';

/** Parsers and state machines, whose properties the proof checks many times more often. */
const PROPERTIES = [
  'test/config/{load,merge}.test.ts',
  'test/capture/splitters.test.ts',
  'test/decode/decide.test.ts',
  'test/edgenext/{safetensors,torch-checkpoint}.test.ts',
  'test/health/registry.test.ts',
  'test/infer/wire.test.ts',
  'test/publish/outbox.test.ts',
  'test/remote/fuzz.test.ts',
];

/** Which tests run, by `--mode`: `test` needs nothing but this checkout, `shared` also the folder beside it, `proof` time. */
const SUITES: Readonly<Record<string, { include: string[]; exclude: string[] }>> = {
  test: { include: ['test/**/*.test.ts'], exclude: ['test/shared/**', 'test/proof/**'] },
  shared: { include: ['test/shared/**/*.test.ts'], exclude: [] },
  proof: { include: ['test/proof/**/*.test.ts', ...PROPERTIES], exclude: [] },
};

const manyRuns = new URL('./proof/many-runs.ts', import.meta.url).pathname;

export default defineConfig(({ mode }) => ({
  resolve: { alias: mode === 'proof' ? { 'fast-check': manyRuns } : {} },
  test: {
    root: new URL('..', import.meta.url).pathname,
    ...SUITES[mode],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: mode === 'test' ? 20_000 : 600_000,
    hookTimeout: mode === 'test' ? 20_000 : 600_000,
  },
}));
