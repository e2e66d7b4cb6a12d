/** Writes files as torch.save does, and such as it never would. */
import { crc32 } from 'node:zlib';
import type { NamedTensor } from './generated-checkpoint.js';

/** A zip file of stored entries. */
export function storedZip(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, data] of entries) {
    const text = Buffer.from(name);
    const [local, central] = [Buffer.alloc(30), Buffer.alloc(46)];
    local.writeUInt32LE(0x04034b50, 0);
    central.writeUInt32LE(0x02014b50, 0);
    for (const [header, at] of [
      [local, 14],
      [central, 16],
    ] as const) {
      header.writeUInt32LE(crc32(data), at);
      header.writeUInt32LE(data.byteLength, at + 4);
      header.writeUInt32LE(data.byteLength, at + 8);
      header.writeUInt16LE(text.length, at + 12);
    }
    central.writeUInt32LE(offset, 42);
    offset += local.length + text.length + data.byteLength;
    bodies.push(local, text, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    directory.push(central, text);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.size, 8);
  end.writeUInt16LE(entries.size, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...bodies, ...directory, end]));
}

/** Opcodes of protocol 2, put together by hand. */
export const op = {
  text: (value: string) => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from('X'), uint32(bytes.length), bytes]);
  },
  int: (value: number) => Buffer.concat([Buffer.from('J'), uint32(value)]),
  global: (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`),
  tuple: (...items: readonly Buffer[]) => Buffer.concat([Buffer.from('('), ...items, Buffer.from('t')]),
  dict: (items: readonly (readonly [string, Buffer])[]) =>
    Buffer.concat([Buffer.from('}('), ...items.flatMap(([key, value]) => [op.text(key), value]), Buffer.from('u')]),
  call: (module: string, name: string, ...args: readonly Buffer[]) =>
    Buffer.concat([op.global(module, name), op.tuple(...args), Buffer.from('R')]),
  storage: (key: string, count: number, type = 'FloatStorage') =>
    Buffer.concat([
      op.tuple(op.text('storage'), op.global('torch', type), op.text(key), op.text('cpu'), op.int(count)),
      Buffer.from('Q'),
    ]),
  tensor: (storage: Buffer, offset: number, dims: readonly number[], strides: readonly number[]) =>
    op.call(
      ...(['torch._utils', '_rebuild_tensor_v2', storage, op.int(offset)] as const),
      ...[op.tuple(...dims.map(op.int)), op.tuple(...strides.map(op.int)), Buffer.from([0x89]), Buffer.from('}')],
    ),
};

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** A file around a pickled value and its storages. */
export function torchFile(value: Buffer, storages: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  const pickle = Buffer.concat([Buffer.from([0x80, 2]), value, Buffer.from('.')]);
  return storedZip(
    new Map([
      ['net/data.pkl', new Uint8Array(pickle)],
      ['net/byteorder', Buffer.from('little')],
      ...Object.entries(storages).map(([key, data]) => [`net/data/${key}`, data] as const),
      ['net/version', Buffer.from('3\n')],
    ]),
  );
}

export interface PickledTensors {
  readonly value: Buffer;
  readonly storages: Readonly<Record<string, Uint8Array>>;
}

/** A state dict, each tensor with a storage of its own. */
export function pickledStateDict(tensors: readonly NamedTensor[], prefix = ''): PickledTensors {
  const storages: Record<string, Uint8Array> = {};
  const items = tensors.map(({ key, dims, data }, index) => {
    const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, dim) => product * dim, 1));
    storages[index] = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return [prefix + key, op.tensor(op.storage(String(index), data.length), 0, dims, strides)] as const;
  });
  return { value: op.dict(items), storages };
}
