/** What a pickle can say. Lists and tuples are arrays, dictionaries maps; nothing here has behaviour. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleGlobal
  | PickleObject
  | TensorStorage
  | TensorView;

/** The name of a class or function. It is never looked up. */
export interface PickleGlobal {
  readonly kind: 'global';
  /** `module.name` */
  readonly name: string;
}

/** The place of an object that only a class or function we don't know could have made. */
export interface PickleObject {
  readonly kind: 'object';
  /** Name of that class or function. */
  readonly of: string;
}

/** Numbers in an entry of their own beside the pickle. */
export interface TensorStorage {
  readonly kind: 'storage';
  /** `FloatStorage`, `HalfStorage`, … */
  readonly type: string;
  readonly key: string;
  readonly count: number;
}

/** A window on a storage, in elements. */
export interface TensorView {
  readonly kind: 'tensor';
  readonly storage: TensorStorage;
  readonly offset: number;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
}

/** For messages: what stands where something else was expected. */
export function describeValue(value: PickleValue): string {
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dictionary';
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (value.kind === 'object') return `an object of ${value.of}`;
  return value.kind === 'global' ? `the name ${value.name}` : `a ${value.kind}`;
}
