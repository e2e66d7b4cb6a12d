import { countMacs } from '../edgenext/cost.js';
import { writeGraph } from '../edgenext/graph.js';
import type { Int8Weights } from '../edgenext/int8-weights.js';
import type { Network } from '../edgenext/network.js';
import type { PrecisionTable } from '../edgenext/precision.js';
import { type Preset, precisionTable } from '../edgenext/presets.js';
import type { RangeMethod } from '../edgenext/range-methods.js';
import type { Ranges } from '../edgenext/ranges.js';
import type { View } from '../frame.js';
import type { Rung } from '../model/manifest.js';
import type { PackageWriter } from '../model/package-writer.js';
import { SharedWeights } from '../onnx/shared-weights.js';
import { measureAgreement } from './agreement.js';
import { describeAutoPrecision, findAutoPrecision } from './auto-precision.js';
import type { InputSize, StatedQuality } from './build-options.js';
import { type Calibration, calibrate, calibrateWeights, describeCalibration } from './calibrate.js';
import { type SplitPictures, splitPictures } from './split-pictures.js';

export interface GraphRequest {
  readonly network: Network;
  readonly sizes: readonly InputSize[];
  readonly presets: readonly Preset[];
  readonly view: View;
  readonly labels: readonly string[];
  /** A folder of pictures, for presets that need ranges of activations, and to compare with float32; perhaps with labels. */
  readonly pictures: string | undefined;
  readonly rangeMethod: RangeMethod;
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
  const pictures = request.pictures === undefined ? null : await splitPictures(request.pictures);
  const int8 = await int8Weights(request, pictures);
  const rungs: Rung[] = [];
  for (const size of sizes) {
    const rungId = rungIdOf(network, size);
    const calibration = await calibrateIfNeeded(writer, request, size, rungId, pictures);
    const graphs: Rung['graphs'] = [];
    for (const preset of presets) {
      const file = `${rungId}.${preset.id}.onnx`;
      const shared = weights[preset.precision];
      const ranges = calibration?.ranges ?? new Map();
      const table = precisionTable(preset, network, size);
      const precisions = preset.isSearched
        ? await searchPrecisions(writer, request, int8, table, ranges, size, rungId, pictures)
        : table;
      const source = preset.precision === 'int8' ? int8 : { network, quantized: new Map() };
      const bytes = writeGraph(source.network, size, shared, {
        quantized: source.quantized,
        precisions,
        ranges,
        metadata: {
          ...{ ...request.metadata, rung: rungId, graph: preset.id },
          ...(preset.isCalibrated && { ranges: request.rangeMethod.id }),
        },
      });
      await writer.add(file, bytes);
      const quality = preset.precision === 'float32' ? statedFor(request.quality, [size.id, rungId]) : [];
      graphs.push({ id: preset.id, file, weights: [shared.file], precision: preset.precision, quality });
    }
    rungs.push({
      ...{ id: rungId, variant: network.variant, width: size.width, height: size.height },
      ...{ parameters: network.parameters, macs: countMacs(network, size), graphs },
    });
  }
  for (const shared of Object.values(weights)) if (!shared.isEmpty) await writer.add(shared.file, shared.toBytes());
  if (pictures)
    for (const rung of rungs)
      await measureAgreement(writer.folder, rung, request.view, pictures.folder, pictures.measure);
  return rungs;
}

/** Without pictures the weights are only rounded. */
function int8Weights(
  { network, sizes, presets, view }: GraphRequest,
  pictures: SplitPictures | null,
): Promise<Int8Weights> {
  if (pictures && presets.some(({ precision }) => precision === 'int8'))
    return calibrateWeights(network, sizes, view, pictures.folder, pictures.calibrate);
  return Promise.resolve({ network, quantized: new Map() });
}

async function searchPrecisions(
  writer: PackageWriter,
  { view, labels }: GraphRequest,
  int8: Int8Weights,
  table: PrecisionTable,
  ranges: Ranges,
  size: InputSize,
  rungId: string,
  pictures: SplitPictures | null,
): Promise<PrecisionTable> {
  if (!pictures) return table;
  const found = await findAutoPrecision(int8, table, ranges, size, view, pictures, labels);
  await writer.add(`${rungId}.sensitivity.json`, describeAutoPrecision(found));
  return found.precisions;
}

async function calibrateIfNeeded(
  writer: PackageWriter,
  { network, presets, view, rangeMethod }: GraphRequest,
  size: InputSize,
  rungId: string,
  pictures: SplitPictures | null,
): Promise<Calibration | null> {
  if (!pictures || !presets.some(({ isCalibrated }) => isCalibrated)) return null;
  const calibration = await calibrate(network, size, view, pictures.folder, pictures.calibrate, rangeMethod);
  await writer.add(`${rungId}.ranges.json`, describeCalibration(calibration));
  return calibration;
}

/** A package holds one checkpoint of each variant. */
export const rungIdOf = ({ variant }: Network, { id }: InputSize): string => `${variant}-${id}`;

/** What was stated is stated of the checkpoint, that is of float32. */
function statedFor(quality: readonly StatedQuality[], places: readonly string[]): Rung['graphs'][number]['quality'] {
  return quality.filter(({ place }) => places.includes(place)).map(({ place: _, ...entry }) => entry);
}
