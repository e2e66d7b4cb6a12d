import type { Layout } from '../onnx/foreign-classifier.js';
import { optionError, type PackageOptions } from './build-options.js';

/** `edgenextd model import`, as typed. */
export interface ModelImportOptions extends PackageOptions {
  /** `224` or `256x192` (width x height). */
  readonly inputSize: string;
  /** Three numbers, comma-separated, of pixels from 0 to 1. */
  readonly mean: string;
  readonly std: string;
  /** nchw or nhwc; left out: told from the shape of the input. */
  readonly layout?: string;
  /** probabilities or logits: what the output is. */
  readonly scores?: string;
  /** The output with the scores, where there are several. */
  readonly output?: string;
}

export type Scores = 'probabilities' | 'logits';

/** Red, green and blue. */
export function parseTriple(
  option: string,
  text: string,
  isAllowed: (value: number) => boolean,
): [number, number, number] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [red, green, blue, ...more] = values;
  if (red === undefined || green === undefined || blue === undefined || more.length > 0 || !values.every(isAllowed))
    throw optionError(
      option,
      'three numbers for red, green and blue, of pixels from 0 to 1, such as 0.485,0.456,0.406',
      text,
    );
  return [red, green, blue];
}

export function parseLayout(text: string | undefined): Layout | undefined {
  if (text === undefined || text === 'nchw' || text === 'nhwc') return text;
  throw optionError('layout', 'nchw or nhwc', text);
}

export function parseScores(text: string | undefined): Scores | undefined {
  if (text === undefined || text === 'probabilities' || text === 'logits') return text;
  throw optionError('scores', 'probabilities or logits', text);
}
