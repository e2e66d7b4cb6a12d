import type { OrtSession } from '../infer/ort-session.js';
import { Agreement, type AgreementSummary } from './agreement.js';
import { finite } from './evaluate.js';
import { type Captured, type InputMaker, isBadPicture } from './picture-input.js';

export interface ComparedGraph {
  readonly id: string;
  readonly session: Pick<OrtSession, 'run'>;
  readonly inputOf: InputMaker;
}

export interface Comparison extends AgreementSummary {
  readonly images: number;
  readonly unreadable: readonly { readonly name: string; readonly reason: string }[];
}

/** Shows the same pictures to two networks, each in its own size and fit. */
export async function compare(
  a: ComparedGraph,
  b: ComparedGraph,
  pictures: readonly string[],
  read: (path: string) => Promise<Captured>,
  advanced: () => void,
): Promise<Comparison> {
  const agreement = new Agreement();
  const unreadable: { name: string; reason: string }[] = [];
  for (const path of pictures) {
    try {
      const picture = await read(path);
      const [first, second] = [await answer(a, picture, path), await answer(b, picture, path)];
      agreement.add(first, second);
    } catch (thrown) {
      if (!isBadPicture(thrown)) throw thrown;
      unreadable.push({ name: path, reason: thrown.message });
    }
    advanced();
  }
  return { images: pictures.length - unreadable.length, unreadable, ...agreement.summary() };
}

async function answer({ id, session, inputOf }: ComparedGraph, picture: Captured, path: string): Promise<Float32Array> {
  return finite(Float32Array.from(await session.run(inputOf(picture))), id, path);
}
