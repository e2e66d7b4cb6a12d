import type { GraphBuilder, Value } from '../onnx/graph-builder.js';
import type { QuantizedLinear } from './error-feedback.js';
import type { MapSize } from './layers.js';
import type { Convolution, Linear } from './network.js';
import type { PrecisionTable } from './precision.js';
import type { Ranges } from './ranges.js';

/** What all parts of a graph are written with. */
export interface GraphContext {
  readonly graph: GraphBuilder;
  readonly precisions: PrecisionTable;
  /** Needed by every int8 depth-wise convolution. */
  readonly ranges: Ranges;
  /** Linear layers whose int8 weights were found with care; others are rounded. */
  readonly quantized?: ReadonlyMap<string, QuantizedLinear>;
  /** Is shown input and output, both maps, of every depth-wise convolution; `size` is the input's. */
  readonly observeConvolution?: (layer: Convolution, size: MapSize, input: Value, output: Value) => void;
  /** Is shown the input, as tokens, of every linear layer. */
  readonly observeLinear?: (layer: Linear, tokens: Value) => void;
}
