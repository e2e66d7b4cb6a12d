import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/edgenext/checkpoint.js';
import { readWeights } from '../../src/edgenext/checkpoint-format.js';
import { readSafetensors } from '../../src/edgenext/safetensors.js';
import { readTorchCheckpoint } from '../../src/edgenext/torch-checkpoint.js';
import { EdgeError } from '../../src/errors.js';
import { generatedCheckpoint } from './generated-checkpoint.js';
import { op, pickledStateDict, storedZip, torchFile } from './torch-file.js';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/torch/${name}`, import.meta.url)));
const read = (name: string) => readTorchCheckpoint(fixture(name), name);
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

interface Expected {
  readonly dims: number[];
  readonly data: number[];
}

describe('what torch.save wrote', () => {
  it.each(['plain.pth', 'protocol-4.pth', 'protocol-5.pth'])(
    '%s holds the numbers that torch reads from it, whatever their type, strides and storage',
    (name) => {
      const expected = JSON.parse(Buffer.from(fixture('expected.json')).toString()) as Record<string, Expected>;
      const { tensors, part } = read(name);
      expect(part).toBeNull();
      expect([...tensors.keys()]).toEqual(Object.keys(expected));
      for (const [key, { dims, data }] of Object.entries(expected))
        expect({ key, dims, data }).toEqual({ key, dims: tensors.get(key)?.dims, data: [...tensors.get(key)!.data] });
    },
  );

  it.each(['training.pth', 'hostile-args.pth'])(
    '%s: prefers the averaged weights, whatever else is pickled',
    (name) => {
      const { tensors, part } = read(name);
      expect(part).toEqual({ name: 'model_ema', averaged: true, passedOver: ['model'] });
      expect(tensors.get('1.running_var')?.dims).toEqual([2]);
      // The average in the file is the model plus one; a fresh batch norm's weight is about 1.
      expect([...tensors.get('1.weight')!.data].map(Math.round)).toEqual([2, 2]);
      expect(tensors.get('1.num_batches_tracked')).toMatchObject({ dims: [], foreignType: 'LongStorage' });
      expect(existsSync('/tmp/edgenextd-was-here')).toBe(false);
    },
  );

  it('takes the plain weights where there are no averaged ones', () => {
    expect(read('no-average.pth').part).toEqual({ name: 'state_dict', averaged: false, passedOver: [] });
  });

  it('keeps integers apart', () => {
    const types = [...read('integers.pth').tensors].map(([key, { foreignType }]) => [key, foreignType]);
    expect(types).toEqual([
      ['a', 'LongStorage'],
      ['b', 'BoolStorage'],
      ['c', undefined],
    ]);
  });

  it.each<[string, RegExp]>([
    [
      'hostile-weights.pth',
      /weights in "model_ema" hold more than tensors:\n {2}2\.weight: an object of (posix|nt)\.system$/,
    ],
    ['whole-module.pth', /an object of torch\.nn\.modules\.container\.Sequential.*save model\.state_dict\(\)/],
    ['legacy.pth', /PyTorch's format before 1\.6; save it again/],
    ['expanded.pth', /claim 10000000000 elements, more than the file's \d+ bytes/],
    ['compressed.pth', /is compressed, which torch\.save never does/],
  ])('%s is refused', (name, message) => {
    expect(() => readWeights(fixture(name), name)).toThrow(message);
    expect(() => readWeights(fixture(name), name)).toThrow(
      expect.objectContaining({ family: 'model', code: 'checkpoint-unreadable' }),
    );
  });
});

describe('an EdgeNeXt in a .pth', () => {
  it.each(['timm', 'official'] as const)(
    'is the one with the same tensors in a safetensors file (%s names)',
    (naming) => {
      const file = generatedCheckpoint('xx_small', 5, naming);
      const tensors = [...readSafetensors(file, 'x')].map(([key, { dims, data }]) => ({ key, dims, data }));
      const { value, storages } = pickledStateDict(tensors, 'module._orig_mod.');
      const wrapped = op.dict([
        ['model', op.text('not here')],
        ['model_ema', value],
      ]);
      const checkpoint = readCheckpoint(torchFile(wrapped, storages), 'x.pth');
      expect(checkpoint).toEqual({
        ...readCheckpoint(file, 'x.safetensors'),
        part: { name: 'model_ema', averaged: true, passedOver: ['model'] },
      });
    },
  );

  it('is refused where a weight holds integers', () => {
    const tensors = [...readSafetensors(generatedCheckpoint('xx_small', 5), 'x')].map(([key, { dims, data }]) => ({
      key,
      dims,
      data,
    }));
    const { value, storages } = pickledStateDict(tensors.filter(({ key }) => key !== 'stem.0.bias'));
    const integers = op.dict([['stem.0.bias', op.tensor(op.storage('0', 24, 'LongStorage'), 0, [24], [1])]]);
    // The same dictionary, filled twice.
    const both = Buffer.concat([value, integers.subarray(1)]);
    expect(() => readCheckpoint(torchFile(both, storages), 'x.pth')).toThrow(
      /1 tensor differs:\n {2}type: stem\.0\.bias \[24\] is LongStorage, expected floating point$/,
    );
  });

  it('is refused with what differs in its structure', () => {
    const tensors = [...readSafetensors(generatedCheckpoint('xx_small', 5, 'official'), 'x')]
      .filter(([key]) => !key.startsWith('head.'))
      .map(([key, { dims, data }]) => ({ key: key.replace(/^norm\./, 'last_norm.'), dims, data }));
    const { value, storages } = pickledStateDict([
      ...tensors,
      { key: 'stages.2.6.gamma\u001b[31m', dims: [1], data: Float32Array.of(1) },
    ]);
    expect(() => readCheckpoint(torchFile(value, storages), 'odd.pth')).toThrow(
      /^odd\.pth is none of.*Closest is xx_small, but it has blocks a stage 2, 2, 7, 2 \(xx_small: 2, 2, 6, 2\)\. 7 tensors differ:(?=.*missing: norm\.weight \[168\])(?=.*missing: head\.weight \[classes,168\])(?=.*unexpected: stages\.2\.6\.gamma\?\[31m \[1\])/s,
    );
  });
});

describe('what torch.save would never write', () => {
  const one = floats(1, 2, 3, 4);
  const dict = (tensor: Buffer) => op.dict([['a', tensor]]);
  const deep = Buffer.concat([Buffer.from(']'.repeat(100_000)), Buffer.from('a'.repeat(99_999))]);
  const loop = Buffer.from(']q\x00h\x00a');
  const claims = (opcode: number, length: number[]) => Buffer.from([opcode, ...length]);

  it.each<[string, Uint8Array, RegExp]>([
    ['no zip inside', Uint8Array.from([0x50, 0x4b, 3, 4]), /cut off/],
    ['a zip of something else', storedZip(new Map([['a.txt', one]])), /without a data\.pkl/],
    [
      'a program',
      storedZip(
        new Map([
          ['p/data.pkl', one],
          ['p/constants.pkl', one],
        ]),
      ),
      /TorchScript/,
    ],
    [
      'big-endian numbers',
      storedZip(
        new Map([
          ['p/data.pkl', one],
          ['p/byteorder', Buffer.from('big')],
        ]),
      ),
      /big-endian/,
    ],
    ['a storage that is missing', torchFile(dict(op.tensor(op.storage('0', 4), 0, [4], [1]))), /storage "0" is not in/],
    [
      'a storage that is short',
      torchFile(dict(op.tensor(op.storage('0', 9), 0, [4], [1])), { 0: one }),
      /9 elements.*16 bytes/,
    ],
    [
      'a shape beyond its storage',
      torchFile(dict(op.tensor(op.storage('0', 4), 0, [5], [1])), { 0: one }),
      /beyond 4 el/,
    ],
    ['an offset beyond it', torchFile(dict(op.tensor(op.storage('0', 4), 1, [4], [1])), { 0: one }), /offset 1 reach/],
    [
      'strides beyond it',
      torchFile(dict(op.tensor(op.storage('0', 4), 0, [2, 2], [3, 1])), { 0: one }),
      /strides \[3,1\]/,
    ],
    [
      'a negative offset',
      torchFile(dict(op.tensor(op.storage('0', 4), -1, [4], [1])), { 0: one }),
      /found a \(an object of torch/,
    ],
    [
      'a tensor without a storage',
      torchFile(dict(op.tensor(op.text('0'), 0, [4], [1]))),
      /found a \(an object of torch\._utils/,
    ],
    [
      'a number for a tensor',
      torchFile(
        op.dict([
          ['a', op.int(1)],
          ['b', op.tensor(op.storage('0', 4), 0, [4], [1])],
        ]),
        { 0: one },
      ),
      /a: a number/,
    ],
    ['a list of itself', torchFile(loop), /it holds a list/],
    ['lists in lists', torchFile(deep), /it holds a list/],
    ['nothing at all', torchFile(Buffer.alloc(0)), /nothing is on the stack/],
    ['no weights', torchFile(op.dict([['epoch', op.int(3)]])), /looked for under model_ema.*found epoch \(a number\)/],
    ['an integer of gigabytes', torchFile(claims(0x8b, [0, 0, 0, 0x7f])), /an integer has/],
    ['a text of exabytes', torchFile(claims(0x8d, [0, 0, 0, 0, 0, 0, 0, 0x10])), /cut off/],
    ['an opcode of protocol 0', torchFile(Buffer.from("cos\nsystem\n(S'id'\ntR")), /opcode 0x53/],
    ['a memo that is empty', torchFile(Buffer.from('h\x07')), /remembered as 7/],
    ['a tuple without a mark', torchFile(Buffer.from('t')), /no mark/],
  ])('%s is refused', (_, file, message) => {
    expect(() => readWeights(file, 'x.pth')).toThrow(message);
    expect(() => readWeights(file, 'x.pth')).toThrow(EdgeError);
  });

  it('many tensors in one storage are refused before they take memory', () => {
    const tensor = op.tensor(op.storage('0', 1000), 0, [1000], [1]);
    const file = (count: number) =>
      torchFile(
        Buffer.concat([
          tensor,
          Buffer.from('q\x000'),
          op.dict(Array.from({ length: count }, (_, at) => [`k${at}`, Buffer.from('h\x00')])),
        ]),
        { 0: new Uint8Array(4000) },
      );
    expect(readWeights(file(2), 'x.pth').tensors.size).toBe(2);
    expect(() => readWeights(file(100), 'x.pth')).toThrow(/claim 100000 elements, more than/);
  });

  it('entries over each other are refused: the sum of what is read is no longer than the file', () => {
    const file = torchFile(dict(op.tensor(op.storage('0', 4), 0, [4], [1])), {
      0: one,
      1: floats(...new Array(400).fill(0)),
    });
    const buffer = Buffer.from(file);
    const version = buffer.lastIndexOf('PK\u0001\u0002');
    for (const field of [20, 24]) buffer.writeUInt32LE(1600, version + field);
    buffer.writeUInt32LE(buffer.indexOf('net/data/1') - 30, version + 42);
    expect(() => readWeights(new Uint8Array(buffer), 'x.pth')).toThrow(
      /"net\/version" lies beyond the file's end or over another/,
    );
  });

  it.each(['training.pth', 'plain.pth', 'protocol-4.pth'])(
    'damaged copies of %s give numbers or an error of ours, at once and in little memory',
    (name) => {
      const good = fixture(name);
      const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 });
      const length = fc.oneof({ arbitrary: fc.constant(good.length), weight: 4 }, fc.nat(good.length));
      fc.assert(
        fc.property(damage, length, (changes, end) => {
          const file = good.slice(0, end);
          for (const [at, byte] of changes) if (at < end) file[at] = byte;
          try {
            const { tensors } = readWeights(file, name);
            const bytes = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
            expect(bytes).toBeLessThan(1e6);
          } catch (error) {
            if (!(error instanceof EdgeError)) throw error;
          }
        }),
        { numRuns: 1500 },
      );
    },
  );

  it('any opcodes give a value or an error of ours', () => {
    const opcodes = [
      ...'(.012JKMNQRXabcdeghjlopqrstu}])GBC',
      ...'\x80\x81\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96',
    ];
    const code = fc.oneof(
      fc.constantFrom(...opcodes).map((text) => Buffer.from(text, 'latin1')),
      fc.constantFrom(
        op.text('a'),
        op.int(1),
        op.global('os', 'system'),
        op.storage('0', 4),
        Buffer.from([0, 0, 0, 0]),
      ),
    );
    fc.assert(
      fc.property(fc.array(code, { maxLength: 40 }), (codes) => {
        try {
          readWeights(torchFile(Buffer.concat(codes), { 0: one }), 'x.pth');
        } catch (error) {
          if (!(error instanceof EdgeError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
