/** Reads a byte string front to back and never past its end. */
export interface PickleCursor {
  readonly position: number;
  take(count: number): Uint8Array;
  u8(): number;
  u16(): number;
  u32(): number;
  i32(): number;
  /** A length of eight bytes. */
  length64(): number;
  float64(): number;
  /** Text up to the next line feed, which is skipped. */
  line(): string;
}

const LINE_BYTES_AT_MOST = 1024;

/** Calls `refuse` when more is asked for than there is. */
export function createPickleCursor(bytes: Uint8Array, refuse: (what: string) => never): PickleCursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  const skip = (count: number): number => {
    const start = position;
    if (count > bytes.byteLength - start)
      refuse(`byte ${start} asks for ${count} bytes, ${bytes.byteLength - start} are left`);
    position += count;
    return start;
  };
  return {
    get position() {
      return position;
    },
    take(count) {
      const start = skip(count);
      return bytes.subarray(start, start + count);
    },
    u8: () => view.getUint8(skip(1)),
    u16: () => view.getUint16(skip(2), true),
    u32: () => view.getUint32(skip(4), true),
    i32: () => view.getInt32(skip(4), true),
    length64: () => Number(view.getBigUint64(skip(8), true)),
    float64: () => view.getFloat64(skip(8), false),
    line() {
      const length = bytes.subarray(position, position + LINE_BYTES_AT_MOST).indexOf(0x0a);
      if (length < 0) refuse(`the line at byte ${position} has no end`);
      const start = skip(length + 1);
      return utf8(bytes.subarray(start, start + length));
    },
  };
}

export const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
