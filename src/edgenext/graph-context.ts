import type { GraphBuilder, Value } from '../onnx/graph-builder.js';
import type { PrecisionTable } from './precision.js';
import type { Ranges } from './ranges.js';

/** What all parts of a graph are written with. */
export interface GraphContext {
  readonly graph: GraphBuilder;
  readonly precisions: PrecisionTable;
  /** Needed by every int8 depth-wise convolution. */
  readonly ranges: Ranges;
  /** Is shown input and output, both maps, of every depth-wise convolution. */
  readonly observe?: (layer: string, input: Value, output: Value) => void;
}
