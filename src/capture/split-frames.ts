import { createGather } from './gather.js';
import type { Splitter } from './split-y4m.js';

/** A stream of frames of one size with nothing between them. Can't notice a slip; its program must write whole frames. */
export function createFixedSplitter(
  frameBytes: number,
  onFrame: (data: Buffer, firstByteNs: bigint) => void,
  nowNs: () => bigint,
): Splitter {
  const gather = createGather();
  let firstByteNs = 0n;
  gather.want(frameBytes);
  return {
    push(chunk) {
      const chunkNs = nowNs();
      for (let offset = 0; offset < chunk.length; ) {
        if (gather.filled() === 0) firstByteNs = chunkNs;
        offset = gather.feed(chunk, offset);
        const piece = gather.piece();
        if (piece === null) continue;
        onFrame(piece, firstByteNs);
        gather.want(frameBytes);
      }
    },
  };
}
