import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

const KEPT_CHARACTERS = 4096;

/** Keeps the last few lines that a process says on its stderr; onnxruntime logs there, in colour. */
export function keepTail(stream: Readable | null): () => string {
  let tail = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    tail = (tail + text).slice(-KEPT_CHARACTERS);
  });
  return () => stripVTControlCharacters(tail).trim();
}
