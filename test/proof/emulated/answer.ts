/**
 * Answers pictures with graphs on whatever machine this runs on: a job as JSON on stdin, the answers on stdout. Built
 * with the product, because an emulated machine has no test runner.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import type { View } from '../../../src/frame.js';
import { openSession } from '../../../src/infer/ort-session.js';
import { pictureFormatOf } from '../../../src/prepare/picture-format.js';
import { createPreparer } from '../../../src/prepare/prepare.js';

export interface Job {
  /** Files. */
  readonly pictures: readonly string[];
  readonly graphs: readonly { readonly graphPath: string; readonly view: View }[];
}

export interface Answers {
  readonly arch: string;
  readonly runtime: string;
  /** By graph, then by picture. */
  readonly answers: readonly (readonly PictureAnswer[])[];
}

export interface PictureAnswer {
  /** sha-256 of the network's input, in hex. */
  readonly input: string;
  readonly logits: readonly number[];
}

const { pictures, graphs } = JSON.parse(await text(stdin)) as Job;
const answers: PictureAnswer[][] = [];
let runtime = '';
for (const { graphPath, view } of graphs) {
  const session = await openSession({ graphPath, threads: 1, providers: ['cpu'], binding: null });
  const preparer = createPreparer(session);
  runtime = session.runtime;
  const ofGraph: PictureAnswer[] = [];
  for (const picture of pictures) {
    const data = readFileSync(picture);
    const format = pictureFormatOf(data);
    if (format === null) throw new Error(`${picture} is no picture`);
    let input = new Uint8Array();
    preparer.prepare({ format, data }, [view], (_, prepared) => {
      input = Uint8Array.from(prepared);
    });
    const logits = [...(await session.run(input))];
    ofGraph.push({ input: createHash('sha256').update(input).digest('hex'), logits });
  }
  answers.push(ofGraph);
  await session.close();
}
stdout.write(JSON.stringify({ arch: process.arch, runtime, answers } satisfies Answers));
