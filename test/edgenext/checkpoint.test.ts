import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/edgenext/checkpoint.js';
import { expectedTensors } from '../../src/edgenext/expected-tensors.js';
import { officialNameOf, timmNameOf } from '../../src/edgenext/names.js';
import { readSafetensors } from '../../src/edgenext/safetensors.js';
import { ARCHITECTURES } from '../../src/edgenext/variants.js';
import { architectureOf, generatedCheckpoint, type NamedTensor, safetensorsFile } from './generated-checkpoint.js';

function tensorsOf(file: Uint8Array): NamedTensor[] {
  return [...readSafetensors(file, 'x')].map(([key, { dims, data }]) => ({ key, dims, data }));
}

const XX_SMALL = tensorsOf(generatedCheckpoint('xx_small', 3));
const change = (key: string, make: (tensor: NamedTensor) => NamedTensor[]) =>
  safetensorsFile(XX_SMALL.flatMap((tensor) => (tensor.key === key ? make(tensor) : [tensor])));

function problemsOf(file: Uint8Array): unknown {
  try {
    readCheckpoint(file, 'broken.safetensors');
  } catch (error) {
    return error;
  }
  throw new Error('was accepted');
}

describe('readCheckpoint', () => {
  it.each(ARCHITECTURES.filter(({ variant }) => !variant.startsWith('base')))(
    'recognises $variant with any number of classes by itself',
    ({ variant }) => {
      for (const naming of ['timm', 'official'] as const) {
        const checkpoint = readCheckpoint(generatedCheckpoint(variant, 7, naming), 'x');
        expect(checkpoint).toMatchObject({ classes: 7, naming, architecture: { variant } });
      }
    },
  );

  it('takes linear layers that are stored as 1x1 convolutions', () => {
    const file = change('stages.0.blocks.0.mlp.fc1.weight', (tensor) => [{ ...tensor, dims: [...tensor.dims, 1, 1] }]);
    expect(readCheckpoint(file, 'x').classes).toBe(3);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['missing', change('head.norm.bias', () => []), /^missing: head\.norm\.bias \[168\]$/],
    [
      'unexpected',
      safetensorsFile([...XX_SMALL, { key: 'extra.weight', dims: [2], data: Float32Array.of(1, 2) }]),
      /^unexpected: extra\.weight \[2\]$/,
    ],
    [
      'wrongly shaped',
      change('stem.0.bias', ({ key }) => [{ key, dims: [2], data: Float32Array.of(1, 2) }]),
      /^shape: stem\.0\.bias is \[2\], expected \[24\]$/,
    ],
    [
      'not finite',
      change('stem.0.bias', (tensor) => [{ ...tensor, data: tensor.data.map((v, at) => (at === 5 ? Number.NaN : v)) }]),
      /^not finite: stem\.0\.bias \[24\]$/,
    ],
  ])('names a tensor that is %s', (_, file, problem) => {
    expect(problemsOf(file)).toMatchObject({
      code: 'checkpoint-mismatch',
      facts: { variant: 'xx_small', classes: 3, problems: [expect.stringMatching(problem)] },
    });
  });

  it('lists every problem at once', () => {
    const file = safetensorsFile(XX_SMALL.filter(({ key }) => !key.startsWith('head.')));
    expect(problemsOf(file)).toMatchObject({
      message: expect.stringMatching(/head\.norm\.weight.*head\.norm\.bias.*head\.fc\.weight/s),
    });
  });
});

it('translates names both ways', () => {
  for (const { variant } of ARCHITECTURES)
    for (const { name } of expectedTensors(architectureOf(variant), 10))
      expect(timmNameOf(officialNameOf(name))).toBe(name);
});
