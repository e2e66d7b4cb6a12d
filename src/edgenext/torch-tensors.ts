import type { PickleGlobal, PickleValue, TensorStorage, TensorView } from './pickle-values.js';
import { FLOAT_BYTES, type FloatType, type StateTensor, toFloat32 } from './state-dict.js';

const FLOAT_STORAGES: ReadonlyMap<string, FloatType> = new Map([
  ['DoubleStorage', 'F64'],
  ['FloatStorage', 'F32'],
  ['HalfStorage', 'F16'],
  ['BFloat16Storage', 'BF16'],
]);

/** Tensors have four axes at most here; torch itself allows 64. */
const AXES_AT_MOST = 8;

/**
 * What torch's own functions make of their arguments; all others leave a place-holder. `_rebuild_*`: torch/_utils.py
 * and torch/_tensor.py. An OrderedDict gets its items by opcodes of its own.
 */
export function callTorch(global: PickleGlobal, args: readonly PickleValue[]): PickleValue {
  const { name } = global;
  if (name === 'collections.OrderedDict' && args.length === 0) return new Map();
  if (name === 'torch.Size' && args.length === 1) return args[0]!;
  if (name === 'torch._utils._rebuild_tensor' || name === 'torch._utils._rebuild_tensor_v2') return rebuild(name, args);
  if (/^torch\._utils\._rebuild_parameter(_with_state)?$/.test(name)) return args[0] ?? { kind: 'object', of: name };
  if (name === 'torch._tensor._rebuild_from_type_v2') {
    const [inner, , innerArgs] = args;
    if (isGlobal(inner) && inner.name !== name && Array.isArray(innerArgs)) return callTorch(inner, innerArgs);
  }
  return { kind: 'object', of: name };
}

/** The storage that a persistent identity names: ('storage', type, key, device, number of elements). */
export function storageOf(id: PickleValue): PickleValue {
  if (!Array.isArray(id)) return { kind: 'object', of: 'a foreign identity' };
  const [tag, type, key, , count] = id;
  const isStorage = tag === 'storage' && isGlobal(type) && typeof key === 'string' && isCount(count);
  if (!isStorage) return { kind: 'object', of: 'a foreign identity' };
  return { kind: 'storage', type: type.name.replace(/^torch\.(storage\.|cuda\.)?/, ''), key, count };
}

function rebuild(name: string, [storage, offset, dims, strides]: readonly PickleValue[]): PickleValue {
  if (
    !isStorage(storage) ||
    !isCount(offset) ||
    !isCounts(dims) ||
    !isCounts(strides) ||
    dims.length !== strides.length
  )
    return { kind: 'object', of: `${name} with arguments of another kind` };
  return { kind: 'tensor', storage, offset, dims, strides };
}

/**
 * The numbers of a tensor in row-major order, whatever its strides. Calls `refuse` when it reaches beyond its storage, or
 * claims more elements than that has: a view that repeats elements is no trained weight, and could be as large as it likes.
 */
export function readTensor(
  { storage, offset, dims, strides }: TensorView,
  bytesOf: (storage: TensorStorage) => Uint8Array | undefined,
  refuse: (what: string) => never,
): StateTensor {
  const float = FLOAT_STORAGES.get(storage.type);
  if (float === undefined) return { dims, data: new Float32Array(), foreignType: storage.type };
  const bytes = bytesOf(storage);
  if (!bytes) return refuse(`its storage ${JSON.stringify(storage.key)} is not in the file`);
  const width = FLOAT_BYTES[float];
  if (bytes.byteLength !== storage.count * width)
    return refuse(
      `its storage should hold ${storage.count} elements of ${width} bytes, and has ${bytes.byteLength} bytes`,
    );
  if (dims.length > AXES_AT_MOST) return refuse(`it has ${dims.length} axes`);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (count === 0) return { dims, data: new Float32Array() };
  const reach = dims.reduce((sum, dim, axis) => sum + (dim - 1) * strides[axis]!, 0);
  if (count > storage.count || offset + reach >= storage.count)
    return refuse(
      `its shape [${dims}], strides [${strides}] and offset ${offset} reach beyond ${storage.count} elements`,
    );
  const window = toFloat32(float, bytes.subarray(offset * width, (offset + reach + 1) * width));
  return { dims, data: isRowMajor(dims, strides) ? window : gather(window, dims, strides, count) };
}

function isRowMajor(dims: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (dims[axis]! > 1 && strides[axis] !== expected) return false;
    expected *= dims[axis]!;
  }
  return true;
}

function gather(
  window: Float32Array,
  dims: readonly number[],
  strides: readonly number[],
  count: number,
): Float32Array {
  const data = new Float32Array(count);
  const index = dims.map(() => 0);
  let source = 0;
  for (let target = 0; target < count; target++) {
    data[target] = window[source]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      index[axis]! += 1;
      if (index[axis]! < dims[axis]!) break;
      source -= strides[axis]! * dims[axis]!;
      index[axis] = 0;
    }
  }
  return data;
}

const isCount = (value: PickleValue | undefined): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: PickleValue | undefined): value is number[] => Array.isArray(value) && value.every(isCount);
const kindOf = (value: PickleValue | undefined): string | null =>
  typeof value === 'object' && value !== null && 'kind' in value ? value.kind : null;
const isGlobal = (value: PickleValue | undefined): value is PickleGlobal => kindOf(value) === 'global';
const isStorage = (value: PickleValue | undefined): value is TensorStorage => kindOf(value) === 'storage';
export const isTensor = (value: PickleValue | undefined): value is TensorView => kindOf(value) === 'tensor';
