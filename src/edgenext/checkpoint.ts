import { modelError } from '../errors.js';
import { readWeights } from './checkpoint-format.js';
import { type ExpectedTensor, expectedTensors } from './expected-tensors.js';
import { type Naming, namingOf, officialNameOf, timmNameOf } from './names.js';
import { differencesFrom } from './observed-network.js';
import { printable, type StateDict, type StateTensor } from './state-dict.js';
import type { TorchWeights } from './torch-checkpoint.js';
import { ARCHITECTURES, type Architecture } from './variants.js';

/** A checkpoint whose every tensor is there, shaped as expected and finite; tensors by timm name. */
export interface Checkpoint {
  readonly architecture: Architecture;
  readonly classes: number;
  readonly naming: Naming;
  /** Which entry of a training checkpoint the weights are from; null: there was nothing to choose. */
  readonly part: TorchWeights['part'];
  /** Trained numbers, without running statistics. */
  readonly parameters: number;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** What wrappers around the network (DistributedDataParallel, torch.compile, Lightning) put before every name. */
const WRAPPERS = ['module.', '_orig_mod.', 'model.'];

/**
 * Reads a checkpoint (safetensors, or PyTorch's .pth and .pt) and recognises format, naming, variant and number of classes
 * by itself. Throws `checkpoint-unreadable`, or `checkpoint-mismatch` listing every tensor that is missing, unexpected,
 * wrongly shaped or not finite, against the variant that fits best.
 */
export function readCheckpoint(file: Uint8Array, name: string): Checkpoint {
  const { tensors: stored, part } = readWeights(file, name);
  const prefix = commonPrefix([...stored.keys()]);
  const inner = (key: string): string => key.slice(prefix.length);
  const naming = namingOf([...stored.keys()].map(inner));
  const tensors: StateDict = new Map();
  for (const [key, tensor] of stored) {
    if (key.endsWith('.num_batches_tracked')) continue;
    tensors.set(naming === 'official' ? timmNameOf(inner(key)) : inner(key), tensor);
  }
  const classes = tensors.get('head.fc.weight')?.dims[0] ?? 0;
  const architecture = closestArchitecture(tensors, classes);
  const expected = expectedTensors(architecture, classes);
  const nameInFile = (key: string) => printable(prefix + (naming === 'official' ? officialNameOf(key) : key));
  const problems = findProblems(tensors, expected, nameInFile);
  if (problems.length > 0) throw mismatch(name, architecture, tensors, problems);
  return {
    architecture,
    classes,
    naming,
    part,
    parameters: expected.reduce(
      (sum, { name: key, trained }) => sum + (trained ? tensors.get(key)!.data.length : 0),
      0,
    ),
    tensors: new Map([...tensors].map(([key, { data }]) => [key, data])),
  };
}

function commonPrefix(names: readonly string[]): string {
  let prefix = '';
  for (;;) {
    const next = WRAPPERS.map((wrapper) => prefix + wrapper).find((candidate) =>
      names.every((name) => name.startsWith(candidate)),
    );
    if (next === undefined || names.length === 0) return prefix;
    prefix = next;
  }
}

/** The architecture with the most tensors in place; of equals the first. */
function closestArchitecture(tensors: StateDict, classes: number): Architecture {
  const matches = (architecture: Architecture) => {
    const expected = expectedTensors(architecture, classes);
    const fitting = expected.filter(({ name, dims }) => sameDims(tensors.get(name), dims)).length;
    return fitting - (expected.length - fitting);
  };
  return ARCHITECTURES.reduce((best, candidate) => (matches(candidate) > matches(best) ? candidate : best));
}

function findProblems(
  tensors: StateDict,
  expected: readonly ExpectedTensor[],
  nameInFile: (timm: string) => string,
): string[] {
  const problems: string[] = [];
  for (const { name, dims } of expected) {
    const tensor = tensors.get(name);
    // Without a head the number of classes is unknown.
    const shape = dims.map((dim) => dim || 'classes').join();
    if (!tensor) problems.push(`missing: ${nameInFile(name)} [${shape}]`);
    else if (!sameDims(tensor, dims))
      problems.push(`shape: ${nameInFile(name)} is [${tensor.dims}], expected [${shape}]`);
    else if (tensor.foreignType)
      problems.push(
        `type: ${nameInFile(name)} [${shape}] is ${printable(tensor.foreignType)}, expected floating point`,
      );
    else if (!tensor.data.every(Number.isFinite)) problems.push(`not finite: ${nameInFile(name)} [${dims}]`);
  }
  const known = new Set(expected.map(({ name }) => name));
  for (const [name, { dims }] of tensors)
    if (!known.has(name)) problems.push(`unexpected: ${nameInFile(name)} [${dims}]`);
  return problems;
}

/** timm and the authors store linear layers as matrices or as 1x1 convolutions: trailing ones don't count. */
function sameDims(tensor: StateTensor | undefined, dims: readonly number[]): boolean {
  if (!tensor) return false;
  const significant = (list: readonly number[]) => list.join('x').replace(/(x1)+$/, '');
  return significant(tensor.dims) === significant(dims);
}

function mismatch(name: string, architecture: Architecture, tensors: StateDict, problems: readonly string[]) {
  const classes = tensors.get('head.fc.weight')?.dims[0] ?? null;
  const differences = differencesFrom(architecture, tensors);
  return modelError(
    'checkpoint-mismatch',
    `${name} is none of the EdgeNeXt networks (${ARCHITECTURES.map(({ variant }) => variant).join(', ')}). ` +
      `Closest is ${architecture.variant}${classes === null ? '' : ` with ${classes} classes`}` +
      (differences.length > 0 ? `, but it has ${differences.join('; ')}` : '') +
      `. ${problems.length === 1 ? '1 tensor differs' : `${problems.length} tensors differ`}:${problems.map((problem) => `\n  ${problem}`).join('')}`,
    { file: name, variant: architecture.variant, classes, differences, problems },
  );
}
