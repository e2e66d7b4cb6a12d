/**
 * The zip files that torch.save writes: entries stored, never compressed. Read without a library, because a reader that
 * inflates nothing can't be made to: every entry is a view on the file's own bytes, and together they are no longer than
 * the file. fflate and yauzl would bring inflating and streams that nothing here needs.
 * Format: PKWARE APPNOTE 4.3.
 */
const END = { signature: 0x06054b50, bytes: 22 } as const;
const CENTRAL = { signature: 0x02014b50, bytes: 46 } as const;
const LOCAL = { signature: 0x04034b50, bytes: 30 } as const;
const COMMENT_BYTES = 0xffff;
const ENCRYPTED = 1;

export const isZip = (file: Uint8Array): boolean =>
  file.byteLength >= 4 && viewOf(file).getUint32(0, true) === LOCAL.signature;

/** Every entry by its name, as views. Calls `refuse` with the first thing that is out of bounds or not stored. */
export function readStoredZip(file: Uint8Array, refuse: (what: string) => never): Map<string, Uint8Array> {
  const view = viewOf(file);
  const end = findEnd(view);
  if (end < 0) return refuse('it ends without the directory of a zip file: it is cut off');
  const [count, directoryBytes, start] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ];
  // Then the true numbers stand in a record of their own.
  if (count === 0xffff || start === 0xffffffff) return refuse('it has more than 65,534 entries or 4 GiB');
  if (start + directoryBytes > end) return refuse('its directory lies beyond its end');

  const entries = new Map<string, Uint8Array>();
  let total = 0;
  let at = start;
  for (let index = 0; index < count; index++) {
    if (at + CENTRAL.bytes > end || view.getUint32(at, true) !== CENTRAL.signature)
      return refuse(`entry ${index} of ${count} is missing in its directory`);
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [packedBytes, bytes] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    const local = view.getUint32(at + 42, true);
    const next = at + CENTRAL.bytes + nameBytes + extraBytes + commentBytes;
    if (next > end) return refuse(`entry ${index} of ${count} lies beyond its directory`);
    const name = new TextDecoder().decode(file.subarray(at + CENTRAL.bytes, at + CENTRAL.bytes + nameBytes));
    const label = `entry ${JSON.stringify(name.slice(0, 80))}`;
    if (method !== 0 || packedBytes !== bytes)
      return refuse(`${label} is compressed, which torch.save never does; unpack it and pack it again with zip -0`);
    if ((flags & ENCRYPTED) !== 0) return refuse(`${label} is encrypted`);
    if (entries.has(name)) return refuse(`${label} is there twice`);
    if (local + LOCAL.bytes > start || view.getUint32(local, true) !== LOCAL.signature)
      return refuse(`${label} points to where no entry is`);
    const data = local + LOCAL.bytes + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    total += bytes;
    if (data + bytes > start || total > start) return refuse(`${label} lies beyond the file's end or over another`);
    entries.set(name, file.subarray(data, data + bytes));
    at = next;
  }
  return entries;
}

/** The end record is the last thing but a comment of at most 64 KiB. */
function findEnd(view: DataView): number {
  const lowest = Math.max(0, view.byteLength - END.bytes - COMMENT_BYTES);
  for (let at = view.byteLength - END.bytes; at >= lowest; at--)
    if (view.getUint32(at, true) === END.signature) return at;
  return -1;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
