import { modelError } from '../errors.js';

/** What the caller knows about a graph from its package; left out where it takes the graph's own word. */
export interface GraphExpectation {
  readonly graphPath: string;
  readonly input?: { readonly width: number; readonly height: number };
  readonly classes?: number;
}

/** What the graph itself says. */
export interface GraphContract {
  readonly inputName: string;
  readonly outputName: string;
  readonly width: number;
  readonly height: number;
  readonly classes: number;
}

/** The part of a session's metadata that is read here. A dimension without a fixed size is a name. */
export interface GraphValue {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: ReadonlyArray<number | string>;
}

/**
 * Every graph of ours takes one uint8 [1,H,W,3] and gives one float32 [1,classes], all sizes fixed.
 * @throws model error `graph-mismatch` that names everything that differs.
 */
export function checkGraph(
  inputs: readonly GraphValue[],
  outputs: readonly GraphValue[],
  expected: GraphExpectation,
): GraphContract {
  const height = expected.input?.height ?? 'H';
  const width = expected.input?.width ?? 'W';
  const classes = expected.classes ?? 'classes';
  const wrong = [
    ...differences('input', inputs, 'uint8', [1, height, width, 3]),
    ...differences('output', outputs, 'float32', [1, classes]),
  ];
  const [input] = inputs;
  const [output] = outputs;
  if (wrong.length > 0 || input === undefined || output === undefined) {
    throw modelError(
      'graph-mismatch',
      `graph ${expected.graphPath}: ${wrong.join('; ')}; rebuild the package for this rung with "edgenextd model build"`,
      { graphPath: expected.graphPath, differences: wrong },
    );
  }
  return {
    inputName: input.name,
    outputName: output.name,
    height: Number(input.shape?.[1]),
    width: Number(input.shape?.[2]),
    classes: Number(output.shape?.[1]),
  };
}

function differences(
  what: 'input' | 'output',
  values: readonly GraphValue[],
  type: string,
  shape: ReadonlyArray<number | string>,
): string[] {
  const [value] = values;
  if (value === undefined || values.length > 1) return [`expected one ${what}, it has ${values.length}`];
  const found = value.shape ?? [];
  const same =
    value.isTensor &&
    value.type === type &&
    found.length === shape.length &&
    found.every(
      (size, index) => typeof size === 'number' && (size === shape[index] || typeof shape[index] === 'string'),
    );
  if (same) return [];
  const received = value.isTensor ? `${value.type} [${found.join(',')}]` : 'no tensor';
  return [`${what} "${value.name}": expected ${type} [${shape.join(',')}], it has ${received}`];
}
