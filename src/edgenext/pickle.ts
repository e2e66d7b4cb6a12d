/**
 * Reads Python's pickle format (protocols 2 to 5, docs.python.org/3/library/pickletools.html) and executes nothing:
 * a name stays a name, and what a call would make is decided by the `PickleHost` or becomes an inert place-holder.
 * Bounded by its input: each opcode takes a byte or more and makes at most one value, and nothing is walked into,
 * so that neither shared nor circular values cost more than their bytes.
 */
import { createPickleCursor, type PickleCursor, utf8 } from './pickle-cursor.js';
import type { PickleGlobal, PickleObject, PickleValue } from './pickle-values.js';

export interface PickleHost {
  /** What calling this name with these arguments makes. */
  call(global: PickleGlobal, args: readonly PickleValue[]): PickleValue;
  /** What lies outside of the pickle under this identity. */
  persistent(id: PickleValue): PickleValue;
}

interface Machine {
  readonly cursor: PickleCursor;
  readonly stack: PickleValue[];
  /** Heights of the stack. */
  readonly marks: number[];
  readonly memo: Map<number, PickleValue>;
  readonly host: PickleHost;
  refuse(what: string): never;
}

/** A training checkpoint's pickle, with optimizer and history, stays below a tenth of both. */
const BYTES_AT_MOST = 32 * 2 ** 20;
const OPCODES_AT_MOST = 2_000_000;
const INTEGER_BYTES_AT_MOST = 255;
const STOP = 0x2e;

/** The value that the pickle holds. Calls `refuse` with the first thing that is malformed or beyond a bound. */
export function readPickle(bytes: Uint8Array, host: PickleHost, refuse: (what: string) => never): PickleValue {
  if (bytes.byteLength > BYTES_AT_MOST)
    return refuse(`its pickle has ${bytes.byteLength} bytes, more than ${BYTES_AT_MOST}`);
  const cursor = createPickleCursor(bytes, (what) => refuse(`its pickle is cut off: ${what}`));
  const machine: Machine = {
    ...{ cursor, stack: [], marks: [], memo: new Map(), host },
    refuse: (what) => refuse(`its pickle is malformed at byte ${cursor.position}: ${what}`),
  };
  for (let count = 0; count < OPCODES_AT_MOST; count++) {
    const opcode = cursor.u8();
    if (opcode === STOP) return pop(machine);
    const run = OPCODES.get(opcode);
    if (!run) return machine.refuse(`opcode 0x${opcode.toString(16)} is none that torch.save writes`);
    run(machine);
  }
  return refuse(`its pickle has more than ${OPCODES_AT_MOST} opcodes`);
}

function pop({ stack, marks, refuse }: Machine): PickleValue {
  const value = stack.length > (marks.at(-1) ?? 0) ? stack.pop() : undefined;
  return value === undefined ? refuse('nothing is on the stack') : value;
}

function top(machine: Machine): PickleValue {
  const value = pop(machine);
  machine.stack.push(value);
  return value;
}

function popToMark({ stack, marks, refuse }: Machine): PickleValue[] {
  const mark = marks.pop();
  return mark === undefined ? refuse('no mark was set') : stack.splice(mark);
}

function popMany(machine: Machine, count: number): PickleValue[] {
  return Array.from({ length: count }, () => pop(machine)).reverse();
}

function isPlaceholder(value: PickleValue): value is PickleObject {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'object';
}

function append(machine: Machine, items: readonly PickleValue[]): void {
  const list = top(machine);
  if (Array.isArray(list)) for (const item of items) list.push(item);
  else if (!isPlaceholder(list)) machine.refuse('values are appended to what is no list');
}

function setItems(machine: Machine, items: readonly PickleValue[]): void {
  const map = top(machine);
  if (map instanceof Map) fill(machine, map, items);
  else if (!isPlaceholder(map)) machine.refuse('items are set on what is no dictionary');
}

function fill(machine: Machine, map: Map<PickleValue, PickleValue>, items: readonly PickleValue[]): typeof map {
  if (items.length % 2 !== 0) machine.refuse('a key has no value');
  for (let at = 0; at < items.length; at += 2) map.set(items[at]!, items[at + 1]!);
  return map;
}

function call(machine: Machine, callee: PickleValue, args: PickleValue): PickleValue {
  if (typeof callee !== 'object' || callee === null || !('kind' in callee))
    return machine.refuse('what is called is no name');
  if (callee.kind !== 'global') return { kind: 'object', of: callee.kind === 'object' ? callee.of : callee.kind };
  if (!Array.isArray(args)) return machine.refuse(`the arguments of ${callee.name} are no tuple`);
  return machine.host.call(callee, args);
}

function integer(machine: Machine, byteCount: number): number | bigint {
  if (byteCount > INTEGER_BYTES_AT_MOST) machine.refuse(`an integer has ${byteCount} bytes`);
  const bytes = machine.cursor.take(byteCount);
  const magnitude = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const value = BigInt.asIntN(8 * byteCount, magnitude);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function global(machine: Machine, module: PickleValue, name: PickleValue): PickleGlobal {
  if (typeof module !== 'string' || typeof name !== 'string') return machine.refuse('a name is no text');
  return { kind: 'global', name: `${module}.${name}` };
}

function recall(machine: Machine, index: number): PickleValue {
  const value = machine.memo.get(index);
  return value === undefined ? machine.refuse(`nothing was remembered as ${index}`) : value;
}

type Instruction = (machine: Machine) => void;
const push =
  (make: (machine: Machine) => PickleValue): Instruction =>
  (machine) => {
    machine.stack.push(make(machine));
  };
const remember =
  (index: (machine: Machine) => number): Instruction =>
  (machine) => {
    machine.memo.set(index(machine), top(machine));
  };

const OPCODES: ReadonlyMap<number, Instruction> = new Map<number, Instruction>([
  [0x80, ({ cursor }) => void cursor.u8()], // PROTO
  [0x95, ({ cursor }) => void cursor.length64()], // FRAME
  [0x28, ({ marks, stack }) => void marks.push(stack.length)], // MARK
  [0x30, (m) => void pop(m)], // POP
  [0x31, (m) => void popToMark(m)], // POP_MARK
  [0x32, push(top)], // DUP
  [0x4e, push(() => null)], // NONE
  [0x88, push(() => true)], // NEWTRUE
  [0x89, push(() => false)], // NEWFALSE
  [0x4a, push(({ cursor }) => cursor.i32())], // BININT
  [0x4b, push(({ cursor }) => cursor.u8())], // BININT1
  [0x4d, push(({ cursor }) => cursor.u16())], // BININT2
  [0x8a, push((m) => integer(m, m.cursor.u8()))], // LONG1
  [0x8b, push((m) => integer(m, m.cursor.u32()))], // LONG4
  [0x47, push(({ cursor }) => cursor.float64())], // BINFLOAT
  [0x58, push(({ cursor }) => utf8(cursor.take(cursor.u32())))], // BINUNICODE
  [0x8c, push(({ cursor }) => utf8(cursor.take(cursor.u8())))], // SHORT_BINUNICODE
  [0x8d, push(({ cursor }) => utf8(cursor.take(cursor.length64())))], // BINUNICODE8
  [0x42, push(({ cursor }) => cursor.take(cursor.u32()))], // BINBYTES
  [0x43, push(({ cursor }) => cursor.take(cursor.u8()))], // SHORT_BINBYTES
  [0x8e, push(({ cursor }) => cursor.take(cursor.length64()))], // BINBYTES8
  [0x96, push(({ cursor }) => cursor.take(cursor.length64()))], // BYTEARRAY8
  [0x5d, push(() => [])], // EMPTY_LIST
  [0x6c, push(popToMark)], // LIST
  [0x61, (m) => append(m, popMany(m, 1))], // APPEND
  [0x65, (m) => append(m, popToMark(m))], // APPENDS
  [0x29, push(() => [])], // EMPTY_TUPLE
  [0x74, push(popToMark)], // TUPLE
  [0x85, push((m) => popMany(m, 1))], // TUPLE1
  [0x86, push((m) => popMany(m, 2))], // TUPLE2
  [0x87, push((m) => popMany(m, 3))], // TUPLE3
  [0x7d, push(() => new Map())], // EMPTY_DICT
  [0x64, push((m) => fill(m, new Map(), popToMark(m)))], // DICT
  [0x73, (m) => setItems(m, popMany(m, 2))], // SETITEM
  [0x75, (m) => setItems(m, popToMark(m))], // SETITEMS
  [0x8f, push(() => [])], // EMPTY_SET
  [0x90, (m) => append(m, popToMark(m))], // ADDITEMS
  [0x91, push(popToMark)], // FROZENSET
  [0x63, push((m) => global(m, m.cursor.line(), m.cursor.line()))], // GLOBAL
  [0x93, push((m) => global(m, ...(popMany(m, 2) as [PickleValue, PickleValue])))], // STACK_GLOBAL
  [0x52, push((m) => call(m, ...(popMany(m, 2) as [PickleValue, PickleValue])))], // REDUCE
  [0x81, push((m) => call(m, ...(popMany(m, 2) as [PickleValue, PickleValue])))], // NEWOBJ
  [0x92, push((m) => call(m, ...(popMany(m, 3).slice(0, 2) as [PickleValue, PickleValue])))], // NEWOBJ_EX
  [0x62, (m) => void pop(m)], // BUILD: attributes hold no tensors of a state dict
  [0x51, push((m) => m.host.persistent(pop(m)))], // BINPERSID
  [0x71, remember(({ cursor }) => cursor.u8())], // BINPUT
  [0x72, remember(({ cursor }) => cursor.u32())], // LONG_BINPUT
  [0x94, remember(({ memo }) => memo.size)], // MEMOIZE
  [0x68, push((m) => recall(m, m.cursor.u8()))], // BINGET
  [0x6a, push((m) => recall(m, m.cursor.u32()))], // LONG_BINGET
]);
