import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { configurationError } from '../errors.js';
import type { View } from '../frame.js';
import type { Manifest, ModelPackage, Rung } from '../model/manifest.js';
import { createPackageWriter } from '../model/package-writer.js';
import { readModel } from '../onnx/read-model.js';
import { parseFit, parseName, parseRelease, parseSizes, parseVersion } from './build-options.js';
import { readGoldenPictures } from './golden-scores.js';
import { type ModelImportOptions, parseLayout, parseScores, parseTriple } from './import-options.js';
import { readLabels } from './read-labels.js';
import { wrapClassifier } from './wrap-classifier.js';
import { writeGolden } from './write-golden.js';

const REQUIRED_DAEMON = '>=0.1.0';

/**
 * `edgenextd model import FILE.onnx`: a classifier from elsewhere becomes a package. Its nodes, opset and IR version stay
 * as they are; in front comes what makes its input of a picture.
 * @throws configuration errors about options, model errors `foreign-mismatch`, `foreign-scores`, `external-data` about the file.
 */
export async function modelImport(
  file: string,
  options: ModelImportOptions,
  print: (text: string) => void,
): Promise<ModelPackage> {
  const [size, ...more] = parseSizes(options.inputSize);
  if (!size || more.length > 0)
    throw configurationError('option-invalid', `--input-size "${options.inputSize}": expected one size`, {});
  const { fit, cropPct } = parseFit(options.fit, options.cropPct);
  const contract: Manifest['input'] = {
    ...{ colour: 'rgb', fit, cropPct, interpolation: 'bicubic' },
    mean: parseTriple('mean', options.mean, Number.isFinite),
    std: parseTriple('std', options.std, (value) => Number.isFinite(value) && value > 0),
  };
  const choices = { layout: parseLayout(options.layout), scores: parseScores(options.scores), output: options.output };
  const release = parseRelease(options.release);
  const version = parseVersion(options.version);
  const name = parseName(options.name ?? nameOf(file));
  const bytes = await readFile(file).catch((cause) => {
    throw configurationError('graph-missing', `${file} can't be read: ${String(cause)}`, { file }, cause);
  });
  const pictures = options.golden === undefined ? [] : await readGoldenPictures(options.golden);
  const writer = await createPackageWriter(options.out ?? `${name}-${version}`);
  try {
    const rungId = `${name}-${size.id}`;
    const metadata = { name, version, input: JSON.stringify(contract), rung: rungId };
    const wrapped = await wrapClassifier(readModel(bytes, file), file, writer, {
      ...{ rungId, width: size.width, height: size.height, normalisation: contract, metadata, ...choices },
    });
    const { classes, parameters, graph } = wrapped;
    const labels = await readLabels(options.labels, classes);
    const rung: Rung = {
      ...{ id: rungId, variant: 'foreign', width: size.width, height: size.height },
      ...{ parameters, macs: null, graphs: [graph] },
    };
    const view: View = { rotate: 0, region: null, fit, cropPct };
    const built = await writer.finish({
      ...{ name, version, release, task: 'classify', labels, input: contract, rungs: [rung] },
      golden: await writeGolden(writer, [rung], view, labels, pictures),
      requires: { daemon: REQUIRED_DAEMON },
      source: {
        checkpoint: basename(file),
        sha256: createHash('sha256').update(bytes).digest('hex'),
        licence: options.licence ?? 'not stated',
        ...(options.attribution !== undefined && { attribution: options.attribution }),
      },
    });
    print(
      `${name} ${version}: ${classes} classes, ${wrapped.layout}, ${wrapped.scores}, ${parameters} parameters, ${graph.precision}\n` +
        `  ${built.folder} (manifest ${built.digest.slice(0, 12)})\n`,
    );
    return built;
  } finally {
    await writer.discard();
  }
}

/** From the file's own name, as far as it can be one. */
const nameOf = (file: string): string =>
  basename(file)
    .replace(/\.onnx$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 50);
