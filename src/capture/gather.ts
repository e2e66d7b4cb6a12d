/**
 * Gathers the next `wanted` bytes of a stream. A piece that lies whole in one chunk is handed out where it is; one that
 * spans chunks is put together in a buffer that is reused and only grows. A piece is valid until the next `feed`.
 */
export interface Gather {
  /** Starts a piece of `bytes` bytes. */
  want(bytes: number): void;
  /** Takes what it needs of `chunk` from `offset` on and returns the offset after it. */
  feed(chunk: Buffer, offset: number): number;
  /** The piece once it is whole, else null. */
  piece(): Buffer | null;
  /** Bytes of the piece so far. */
  filled(): number;
}

export function createGather(): Gather {
  let store: Buffer = Buffer.alloc(0);
  let wanted = 0;
  let filled = 0;
  let whole: Buffer | null = null;
  return {
    want(bytes) {
      wanted = bytes;
      filled = 0;
      whole = null;
    },
    feed(chunk, offset) {
      const taken = Math.min(wanted - filled, chunk.length - offset);
      if (filled === 0 && taken === wanted) {
        whole = chunk.subarray(offset, offset + taken);
      } else {
        if (store.length < wanted) store = Buffer.allocUnsafeSlow(wanted);
        chunk.copy(store, filled, offset, offset + taken);
        if (filled + taken === wanted) whole = store.subarray(0, wanted);
      }
      filled += taken;
      return offset + taken;
    },
    piece: () => whole,
    filled: () => filled,
  };
}
