import { describe, expect, it } from 'vitest';
import { chooseProviders, explainProvider } from '../../src/infer/providers.js';
import type { Provider } from '../../src/infer/runner.js';

const npmArm64 = ['cpu'];
const npmX64 = ['cpu', 'webgpu', 'cuda', 'tensorrt'];

describe('choice of providers', () => {
  it.each<[string, Provider[], string[], Provider[][], Provider[]]>([
    ['all there', ['tensorrt', 'cuda', 'cpu'], npmX64, [['tensorrt', 'cuda', 'cpu'], ['cuda', 'cpu'], ['cpu']], []],
    ['npm on a board', ['tensorrt', 'cuda', 'cpu'], npmArm64, [['cpu']], ['tensorrt', 'cuda']],
    ['only the CPU wished', ['cpu'], npmX64, [['cpu']], []],
    ['the order of the wish counts', ['cpu', 'cuda'], npmX64, [['cpu', 'cuda'], ['cuda']], []],
    ['wished twice', ['cpu', 'cpu'], npmX64, [['cpu']], []],
  ])('%s', (_, wish, compiledIn, attempts, missing) => {
    expect(chooseProviders(wish, compiledIn)).toEqual({ attempts, missing });
  });

  it.each<[Provider[], string[], string]>([
    [
      ['tensorrt', 'cuda'],
      npmArm64,
      'providers: wished for tensorrt, cuda, but this onnxruntime was compiled with cpu',
    ],
    [[], npmArm64, 'providers: wished for nothing, but'],
  ])('nothing of %j is an error that names what there is', (wish, compiledIn, message) => {
    expect(() => chooseProviders(wish, compiledIn)).toThrow(
      expect.objectContaining({
        family: 'model',
        code: 'provider-unavailable',
        message: expect.stringContaining(message),
      }),
    );
  });
});

describe('why the actual provider is not the first of the wish', () => {
  it.each<[string, Provider[], Provider, Provider[], { provider: Provider; message: string }[], string | null]>([
    ['it is', ['cuda', 'cpu'], 'cuda', [], [], null],
    [
      'not compiled in, then not loadable',
      ['tensorrt', 'cuda', 'cpu'],
      'cpu',
      ['tensorrt'],
      [{ provider: 'cuda', message: 'Failed to load shared library' }],
      'running on cpu because tensorrt: not compiled into this onnxruntime; cuda: Failed to load shared library',
    ],
    [
      'only up to the actual one',
      ['tensorrt', 'cuda', 'cpu'],
      'cuda',
      [],
      [{ provider: 'tensorrt', message: 'no' }],
      'running on cuda because tensorrt: no',
    ],
  ])('%s', (_, wish, actual, missing, failed, reason) => {
    expect(explainProvider(wish, actual, missing, failed)).toBe(reason);
  });
});
