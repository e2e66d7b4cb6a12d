import { afterEach, describe, expect, it } from 'vitest';
import { type OrtSession, openSession } from '../../src/infer/ort-session.js';
import { graph, meansOf } from './fixtures.js';

describe('a session in the own process', () => {
  let session: OrtSession | null = null;
  const open = async (name: string, changes: Partial<Parameters<typeof openSession>[0]> = {}) => {
    session = await openSession({ graphPath: graph(name), threads: 1, providers: ['cpu'], binding: null, ...changes });
    return session;
  };

  afterEach(async () => {
    await session?.close();
    session = null;
  });

  it('takes the graph’s own word for what it is not told', async () => {
    expect(await open('means-256')).toMatchObject({
      inputName: 'image',
      outputName: 'logits',
      width: 256,
      height: 256,
      classes: 4,
      providersCompiledIn: expect.arrayContaining(['cpu']),
      providerActual: 'cpu',
      providerReason: null,
    });
  });

  it('runs, the same input again with other bytes in it, and another', async () => {
    const { run } = await open('means', { armShaped: true });
    const input = new Uint8Array(8 * 8 * 3).fill(51);
    const first = await run(input);
    input.fill(102);
    const second = await run(input);
    const third = await run(new Uint8Array(8 * 8 * 3).fill(255));
    for (const [scores, value] of [
      [first, 51],
      [second, 102],
      [third, 255],
    ] as const) {
      expect([...scores].map((score) => score.toFixed(5))).toEqual(meansOf(value).map((score) => score.toFixed(5)));
    }
  });

  it('refuses an input of another size', async () => {
    const { run } = await open('means');
    await expect(run(new Uint8Array(10))).rejects.toMatchObject({
      code: 'input-mismatch',
      message: 'input of 10 bytes: expected 192, 8 x 8 x RGB',
    });
  });

  it('asks for no provider that is not compiled in', async () => {
    await expect(open('means', { providers: [] })).rejects.toMatchObject({ code: 'provider-unavailable' });
  });
});
