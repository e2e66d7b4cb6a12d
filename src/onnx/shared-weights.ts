import { createHash } from 'node:crypto';

/** onnxruntime maps external data into memory; its kernels and those of every SIMD width are content with 64. */
const ALIGNMENT = 64;

export interface ExternalRange {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * One file of weights that several graphs refer to. Equal bytes are stored once, whoever adds them; the order of first
 * addition is the order in the file, so the same graphs give the same file.
 */
export class SharedWeights {
  /** Name of the file, which lies beside the graphs. */
  readonly file: string;
  readonly #chunks: { offset: number; bytes: Uint8Array }[] = [];
  readonly #known = new Map<string, ExternalRange>();
  #end = 0;

  constructor(file: string) {
    this.file = file;
  }

  add(bytes: Uint8Array): ExternalRange {
    const key = createHash('sha256').update(bytes).digest('hex');
    const known = this.#known.get(key);
    if (known) return known;
    const range = { file: this.file, offset: this.#end, length: bytes.byteLength };
    this.#known.set(key, range);
    this.#chunks.push({ offset: range.offset, bytes });
    this.#end += Math.ceil(bytes.byteLength / ALIGNMENT) * ALIGNMENT;
    return range;
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** The whole file. */
  toBytes(): Uint8Array {
    const file = new Uint8Array(this.#end);
    for (const { offset, bytes } of this.#chunks) file.set(bytes, offset);
    return file;
  }
}
