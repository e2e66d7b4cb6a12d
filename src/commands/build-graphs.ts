import { countMacs } from '../edgenext/cost.js';
import { writeGraph } from '../edgenext/graph.js';
import type { Network } from '../edgenext/network.js';
import { type Preset, precisionTable } from '../edgenext/presets.js';
import type { View } from '../frame.js';
import type { Rung } from '../model/manifest.js';
import type { PackageWriter } from '../model/package-writer.js';
import { SharedWeights } from '../onnx/shared-weights.js';
import type { InputSize, StatedQuality } from './build-options.js';
import { type Calibration, calibrate, describeCalibration } from './calibrate.js';

export interface GraphRequest {
  readonly network: Network;
  readonly sizes: readonly InputSize[];
  readonly presets: readonly Preset[];
  readonly view: View;
  /** A folder of pictures, for presets that need ranges of activations. */
  readonly calibration: string | undefined;
  readonly quality: readonly StatedQuality[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Writes every preset at every size; the weights lie once a precision in a file of their own. */
export async function buildGraphs(writer: PackageWriter, request: GraphRequest): Promise<Rung[]> {
  const { network, sizes, presets } = request;
  const weights = {
    float32: new SharedWeights(`${network.variant}.float32.weights`),
    int8: new SharedWeights(`${network.variant}.int8.weights`),
  };
  const rungs: Rung[] = [];
  for (const size of sizes) {
    const rungId = `${network.variant}-${size.id}`;
    const calibration = await calibrateIfNeeded(writer, request, size, rungId);
    const graphs: Rung['graphs'] = [];
    for (const preset of presets) {
      const file = `${rungId}.${preset.id}.onnx`;
      const shared = weights[preset.precision];
      const bytes = writeGraph(network, size, shared, {
        precisions: precisionTable(preset, network, size),
        ranges: calibration?.ranges ?? new Map(),
        metadata: { ...request.metadata, rung: rungId, graph: preset.id },
      });
      await writer.add(file, bytes);
      const quality = preset.precision === 'float32' ? statedFor(request.quality, size) : [];
      graphs.push({ id: preset.id, file, weights: [shared.file], precision: preset.precision, quality });
    }
    rungs.push({
      ...{ id: rungId, variant: network.variant, width: size.width, height: size.height },
      ...{ parameters: network.parameters, macs: countMacs(network, size), graphs },
    });
  }
  for (const shared of Object.values(weights)) if (!shared.isEmpty) await writer.add(shared.file, shared.toBytes());
  return rungs;
}

async function calibrateIfNeeded(
  writer: PackageWriter,
  { network, presets, view, calibration: folder }: GraphRequest,
  size: InputSize,
  rungId: string,
): Promise<Calibration | null> {
  if (folder === undefined || !presets.some(({ isCalibrated }) => isCalibrated)) return null;
  const calibration = await calibrate(network, size, view, folder);
  await writer.add(`${rungId}.ranges.json`, describeCalibration(calibration));
  return calibration;
}

/** What was stated is stated of the checkpoint, that is of float32. */
function statedFor(quality: readonly StatedQuality[], { id }: InputSize): Rung['graphs'][number]['quality'] {
  return quality.filter(({ size }) => size === id).map(({ size: _, ...entry }) => entry);
}
