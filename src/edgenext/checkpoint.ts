import { modelError } from '../errors.js';
import { type ExpectedTensor, expectedTensors } from './expected-tensors.js';
import { type Naming, namingOf, officialNameOf, timmNameOf } from './names.js';
import { readSafetensors, type StateDict, type StateTensor } from './safetensors.js';
import { ARCHITECTURES, type Architecture } from './variants.js';

/** A checkpoint whose every tensor is there, shaped as expected and finite; tensors by timm name. */
export interface Checkpoint {
  readonly architecture: Architecture;
  readonly classes: number;
  readonly naming: Naming;
  /** Trained numbers, without running statistics. */
  readonly parameters: number;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

const LISTED_AT_MOST = 40;

/**
 * Reads a checkpoint and recognises naming, variant and number of classes by its tensors.
 * Throws `checkpoint-unreadable`, or `checkpoint-mismatch` listing every tensor that is missing, unexpected, wrongly
 * shaped or not finite, against the variant that fits best.
 */
export function readCheckpoint(file: Uint8Array, name: string): Checkpoint {
  const stored = readSafetensors(file, name);
  const naming = namingOf(stored.keys());
  const tensors: StateDict = new Map();
  for (const [key, tensor] of stored) {
    if (!key.endsWith('.num_batches_tracked')) tensors.set(naming === 'official' ? timmNameOf(key) : key, tensor);
  }
  const classes = tensors.get('head.fc.weight')?.dims[0] ?? 0;
  const architecture = closestArchitecture(tensors, classes);
  const expected = expectedTensors(architecture, classes);
  const nameInFile = naming === 'official' ? officialNameOf : (key: string) => key;
  const problems = findProblems(tensors, expected, nameInFile);
  if (problems.length > 0) throw mismatch(name, architecture, classes, problems);
  return {
    architecture,
    classes,
    naming,
    parameters: expected.reduce(
      (sum, { name: key, trained }) => sum + (trained ? tensors.get(key)!.data.length : 0),
      0,
    ),
    tensors: new Map([...tensors].map(([key, { data }]) => [key, data])),
  };
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
    if (!tensor) problems.push(`missing: ${nameInFile(name)} [${dims}]`);
    else if (!sameDims(tensor, dims))
      problems.push(`shape: ${nameInFile(name)} is [${tensor.dims}], expected [${dims}]`);
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

function mismatch(name: string, architecture: Architecture, classes: number, problems: readonly string[]) {
  const more = problems.length - LISTED_AT_MOST;
  const list = problems.slice(0, LISTED_AT_MOST).map((problem) => `\n  ${problem}`);
  return modelError(
    'checkpoint-mismatch',
    `${name} is none of the EdgeNeXt networks (${ARCHITECTURES.map(({ variant }) => variant).join(', ')}). ` +
      `Closest is ${architecture.variant} with ${classes} classes; ${problems.length} tensors differ:` +
      list.join('') +
      (more > 0 ? `\n  and ${more} more` : ''),
    { file: name, variant: architecture.variant, classes, problems },
  );
}
