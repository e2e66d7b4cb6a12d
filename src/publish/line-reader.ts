/**
 * Splits bytes into lines, however they come, and holds no more than `longestBytes` and one: of a longer line that much
 * is handed on at its end, so that the reader sees that it is too long.
 */
export function createLineReader(longestBytes: number, take: (line: Buffer) => void): (bytes: Buffer) => void {
  const most = longestBytes + 1;
  let held: Buffer[] = [];
  let heldBytes = 0;

  const hold = (bytes: Buffer): void => {
    const part = bytes.subarray(0, most - heldBytes);
    if (part.length === 0) return;
    // A copy of a few bytes, rather than holding on to the whole chunk that they came in.
    held.push(Buffer.from(part));
    heldBytes += part.length;
  };

  return (bytes) => {
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      hold(bytes.subarray(from, end));
      const line = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
      held = [];
      heldBytes = 0;
      from = end + 1;
      if (line.length > 0) take(line);
    }
    hold(bytes.subarray(from));
  };
}
