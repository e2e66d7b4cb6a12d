import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/edgenext/safetensors.js';
import { EdgeError } from '../../src/errors.js';
import { safetensorsFile } from './generated-checkpoint.js';

/** A file whose header says what it likes. */
function forged(header: unknown, dataBytes = 16): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([length, text, Buffer.alloc(dataBytes)]));
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('readSafetensors', () => {
  it('gives back what was written, whatever the alignment', () => {
    const tensor = fc.record({
      key: fc.string({ minLength: 1, maxLength: 9 }).filter((key) => key !== '__proto__' && key !== '__metadata__'),
      data: fc.float32Array({ noNaN: true, minLength: 0, maxLength: 20 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(tensor, { selector: ({ key }) => key, maxLength: 5 }), (tensors) => {
        const file = safetensorsFile(tensors.map(({ key, data }) => ({ key, data, dims: [data.length] })));
        const read = readSafetensors(file, 'x');
        for (const { key, data } of tensors) expect(read.get(key)?.data).toEqual(data);
        expect(read.size).toBe(tensors.length);
      }),
    );
  });

  it.each([
    ['F16', [0x3c00, 0xc000, 0x0001, 0x7c00], [1, -2, 2 ** -24, Infinity]],
    ['BF16', [0x3f80, 0xc000, 0x7f80, 0x3eaa], [1, -2, Infinity, 0.33203125]],
  ])('reads %s as float32', (dtype, words, values) => {
    const file = forged({ t: entry(dtype, [4], 0, 8) }, 8);
    file.set(new Uint8Array(Uint16Array.from(words).buffer), file.length - 8);
    expect([...readSafetensors(file, 'x').get('t')!.data]).toEqual(values);
  });

  it('reads float64 rounded to float32', () => {
    const file = forged({ t: entry('F64', [2], 0, 16) }, 16);
    file.set(new Uint8Array(Float64Array.of(0.1, 1e300).buffer), file.length - 16);
    expect([...readSafetensors(file, 'x').get('t')!.data]).toEqual([Math.fround(0.1), Infinity]);
  });

  it.each(['I64', 'BOOL', 'toString'])('keeps the name and shape of a tensor of type %s, and no numbers', (dtype) => {
    const file = forged({ t: entry(dtype, [2], 0, 16) }, 16);
    expect(readSafetensors(file, 'x').get('t')).toEqual({ dims: [2], data: new Float32Array(), foreignType: dtype });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /0 bytes/],
    ['a header longer than the file', Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 127, 1]), /header claims/],
    ['a header that is no JSON', forged('{"a"'), /not JSON/],
    ['a header that is a list', forged([]), /no object/],
    ['a tensor beyond the end', forged({ a: entry('F32', [5], 0, 20) }), /tensor a lies at 0\.\.20/],
    ['a tensor that ends before it begins', forged({ a: entry('F32', [1], 8, 4) }), /tensor a/],
    ['a size that is not the shape', forged({ a: entry('F32', [3], 0, 8) }), /\[3\] F32 needs 12 bytes, has 8/],
    ['a negative offset', forged({ a: entry('F32', [1], -4, 0) }), /tensor a/],
    [
      'tensors over each other',
      forged(
        Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => [key, entry('F32', [32], 0, 128)])),
        128,
      ),
      /shares its bytes/,
    ],
  ])('refuses %s', (_, file, message) => {
    expect(() => readSafetensors(file, 'bad.safetensors')).toThrow(message);
    expect(() => readSafetensors(file, 'bad.safetensors')).toThrow(
      expect.objectContaining({ family: 'model', code: 'checkpoint-unreadable' }),
    );
  });

  it('throws nothing but its own error on any bytes', () => {
    const good = safetensorsFile([{ key: 'a', dims: [2], data: Float32Array.of(1, 2) }]);
    const damaged = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(damaged, fc.nat(good.length), (changes, length) => {
        const file = good.slice(0, length);
        for (const [at, byte] of changes) if (at < length) file[at] = byte;
        try {
          readSafetensors(file, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(EdgeError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
