import { describe, expect, it } from 'vitest';
import { deviceError } from '../../src/errors.js';
import { compare } from '../../src/evaluate/compare.js';
import { evaluate } from '../../src/evaluate/evaluate.js';

const labels = ['a', 'b', 'c', 'd', 'e', 'f'];
const one = (best: number) => Float32Array.from(labels, (_, index) => (index === best ? 5 : -index));
const picture = (name: string, truth: number) => ({ name, path: `/${name}`, truth });
const captured = (value: number) =>
  ({ format: { kind: 'gray8', width: 1, height: 1, rowStride: 1 }, data: Uint8Array.of(value) }) as const;
/** Answers with the class that the picture's one byte says, plus something. */
const network = (id: string, offset: number, reused = new Float32Array(labels.length)) => ({
  id,
  session: {
    run: (input: Uint8Array) => {
      // Like onnxruntime's buffers, one array for all answers.
      reused.set(one((input[0] ?? 0) + offset));
      return Promise.resolve(reused);
    },
  },
});

describe('evaluation', () => {
  it('counts right answers, compares with the first graph, and lists what it could not read', async () => {
    let advanced = 0;
    const evaluation = await evaluate({
      labels,
      graphs: [network('float32', 0), network('int8', 1)],
      pictures: [picture('x', 0), picture('y', 2), picture('broken', 0), picture('z', 4)],
      read: ({ name }) =>
        name === 'broken'
          ? Promise.reject(deviceError('frame-corrupt', 'no picture'))
          : Promise.resolve(captured({ x: 0, y: 1, z: 4 }[name] ?? 0)),
      inputOf: ({ data }) => data,
      advanced: () => {
        advanced++;
      },
    });
    expect(advanced).toBe(4);
    expect(evaluation).toMatchObject({
      images: 3,
      unreadable: [{ name: 'broken', reason: 'no picture' }],
      graphs: [
        { id: 'float32', top1: { count: 2, of: 3 }, top5: { count: 3 }, paired: null },
        {
          id: 'int8',
          top1: { count: 1, of: 3 },
          paired: { reference: 'float32', same: { count: 0 }, onlyA: 2, onlyB: 1, exactP: 1 },
          mistakes: [
            { label: 'a', takenFor: 'b', images: 1 },
            { label: 'e', takenFor: 'f', images: 1 },
          ],
        },
      ],
    });
  });

  it('stops at answers that are no numbers, and at what is not the picture’s fault', async () => {
    const base = { labels, pictures: [picture('x', 0)], inputOf: () => new Uint8Array(), advanced: () => undefined };
    const broken = { id: 'int8', session: { run: () => Promise.resolve(Float32Array.of(Number.NaN, 1)) } };
    await expect(evaluate({ ...base, graphs: [broken], read: () => Promise.resolve(captured(0)) })).rejects.toThrow(
      /graph int8 answers NaN or infinity to x/,
    );
    const gone = deviceError('picture-unreadable', 'x is gone');
    await expect(
      evaluate({ ...base, graphs: [network('float32', 0)], read: () => Promise.reject(gone) }),
    ).rejects.toThrow('x is gone');
  });
});

it('comparison shows both networks the same pictures, each in its own input', async () => {
  const seen: string[] = [];
  const side = (id: string) => ({
    ...network(id, 0),
    inputOf: ({ data }: { data: Uint8Array }) => {
      seen.push(`${id}${data[0]}`);
      return data;
    },
  });
  const read = (path: string) => Promise.resolve(captured(Number(path)));
  const result = await compare(side('a'), side('b'), ['1', '2'], read, () => undefined);
  expect(seen).toEqual(['a1', 'b1', 'a2', 'b2']);
  expect(result).toMatchObject({ images: 2, same: { count: 2 }, largestDifference: 0 });
});
