/** Memory that is kept between frames and grows only when a larger frame comes. */
export interface ReusableBuffer {
  /** Exactly `bytes` long; what was in it before is undefined. Valid until the next call. */
  take(bytes: number): Uint8Array;
}

export function createReusableBuffer(): ReusableBuffer {
  let memory = new Uint8Array(0);
  let part = memory;
  return {
    take(bytes) {
      if (bytes > memory.length) memory = new Uint8Array(bytes);
      if (part.length !== bytes || part.buffer !== memory.buffer) part = memory.subarray(0, bytes);
      return part;
    },
  };
}
