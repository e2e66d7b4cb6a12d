import { modelError } from '../errors.js';
import { readPickle } from './pickle.js';
import { describeValue, type PickleValue, type TensorView } from './pickle-values.js';
import { printable, type StateDict } from './state-dict.js';
import { readStoredZip } from './stored-zip.js';
import { callTorch, isTensor, readTensor, storageOf } from './torch-tensors.js';

/** Where training scripts keep weights: averaged ones first, which are what was evaluated (the authors', timm's, Lightning's). */
const AVERAGED = ['model_ema', 'state_dict_ema', 'ema_state_dict', 'ema'];
const PLAIN = ['model', 'state_dict', 'model_state_dict'];

export interface TorchWeights {
  readonly tensors: StateDict;
  /** The entry of the file that they were in (`model_ema`), and what else it offered; null: the file is the state dict. */
  readonly part: { readonly name: string; readonly averaged: boolean; readonly passedOver: readonly string[] } | null;
}

/**
 * Reads what torch.save writes since PyTorch 1.6 (.pth, .pt, .bin): a zip with a pickle and a file for each storage.
 * Executes nothing of it. Throws `checkpoint-unreadable`.
 */
export function readTorchCheckpoint(file: Uint8Array, name: string): TorchWeights {
  const refuse = (what: string): never => {
    throw modelError('checkpoint-unreadable', `${name} is not a readable PyTorch checkpoint: ${what}`, { file: name });
  };
  const entries = readStoredZip(file, refuse);
  const pickleName = [...entries.keys()].find((entry) => /^[^/]+\/data\.pkl$/.test(entry));
  const pickle = pickleName === undefined ? undefined : entries.get(pickleName);
  if (pickleName === undefined || !pickle) return refuse('it is a zip file without a data.pkl as torch.save writes it');
  const root = pickleName.slice(0, -'data.pkl'.length);
  if (entries.has(`${root}constants.pkl`))
    return refuse('it is a TorchScript program; save model.state_dict() with torch.save instead');
  const byteOrder = new TextDecoder().decode(entries.get(`${root}byteorder`) ?? Buffer.from('little'));
  if (byteOrder !== 'little')
    return refuse(`its numbers are ${byteOrder.slice(0, 20)}-endian, only little-endian ones are read`);

  const { part, items } = chooseStateDict(
    readPickle(pickle, { call: callTorch, persistent: storageOf }, refuse),
    refuse,
  );
  const where = part ? ` in "${part.name}"` : '';
  const foreign = [...items].filter(([key, value]) => typeof key !== 'string' || !isTensor(value));
  if (foreign.length > 0) {
    const list = foreign.map(([key, value]) => `\n  ${nameOf(key)}: ${describeValue(value)}`).join('');
    return refuse(`its weights${where} hold more than tensors:${list}`);
  }
  const views = [...items].filter((item): item is [string, TensorView] => isTensor(item[1]));
  // An element has two bytes or more: this leaves room for a few tensors that share a storage, and none for thousands.
  const elements = views.reduce((sum, [, { dims }]) => sum + dims.reduce((product, dim) => product * dim, 1), 0);
  if (elements > file.byteLength)
    return refuse(`its weights${where} claim ${elements} elements, more than the file's ${file.byteLength} bytes`);
  const tensors: StateDict = new Map();
  for (const [key, view] of views) {
    const refuseTensor = (what: string): never => refuse(`tensor ${nameOf(key)}${where}: ${what}`);
    tensors.set(
      key,
      readTensor(view, (storage) => entries.get(`${root}data/${storage.key}`), refuseTensor),
    );
  }
  return { tensors, part };
}

type Items = ReadonlyMap<PickleValue, PickleValue>;

function chooseStateDict(
  root: PickleValue,
  refuse: (what: string) => never,
): Pick<TorchWeights, 'part'> & { items: Items } {
  if (!(root instanceof Map))
    return refuse(
      `it holds ${describeValue(root)}, not tensors by name; save model.state_dict() with torch.save instead`,
    );
  const offered = [...AVERAGED, ...PLAIN].filter((key) => root.get(key) instanceof Map);
  const name = offered.find((key) => holdsTensors(root.get(key)));
  const items = name === undefined ? undefined : root.get(name);
  if (name !== undefined && items instanceof Map) {
    const passedOver = [...AVERAGED, ...PLAIN].filter((key) => key !== name && root.has(key) && root.get(key) !== null);
    return { part: { name, averaged: AVERAGED.includes(name), passedOver }, items };
  }
  if (holdsTensors(root)) return { part: null, items: root };
  const found = [...root].slice(0, 20).map(([key, value]) => `${nameOf(key)} (${describeValue(value)})`);
  return refuse(
    `weights are looked for under ${[...AVERAGED, ...PLAIN].join(', ')} or at the top; found ${found.join(', ') || 'nothing'}`,
  );
}

const holdsTensors = (value: PickleValue | undefined): boolean =>
  value instanceof Map && [...value.values()].some((item) => isTensor(item));

const nameOf = (key: PickleValue): string => (typeof key === 'string' ? printable(key) : describeValue(key));
