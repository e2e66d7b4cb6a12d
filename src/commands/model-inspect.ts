import { inspectPackage, type PackageInspection } from '../evaluate/inspect-package.js';
import type { Graph } from '../model/manifest.js';
import { readPackage } from '../model/package.js';
import { factList, megabytes, percent, textTable } from './text-table.js';

export interface ModelInspectOptions {
  readonly json?: boolean;
}

/** `edgenextd model inspect PACKAGE`: what it is, as its manifest and its graphs say. Throws what reading a package throws. */
export async function modelInspect(
  folder: string,
  { json }: ModelInspectOptions,
  write: (text: string) => void,
): Promise<PackageInspection> {
  const inspection = await inspectPackage(await readPackage(folder));
  write(json === true ? `${JSON.stringify(inspection, null, 2)}\n` : inspectionText(inspection));
  return inspection;
}

function inspectionText({ manifest, digest, rungs }: PackageInspection): string {
  const { input, labels, source, golden, files } = manifest;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const norm = (values: readonly number[]): string => values.join(' ');
  const crop = input.fit === 'crop' ? ` ${input.cropPct}` : '';
  return [
    `${manifest.name} ${manifest.version}, release ${manifest.release} (manifest ${digest.slice(0, 12)})\n`,
    factList([
      [
        'input',
        `${input.colour}, ${input.fit}${crop}, ${input.interpolation}, mean ${norm(input.mean)}, std ${norm(input.std)}`,
      ],
      ['classes', `${labels.length}: ${labels.slice(0, 12).join(', ')}${labels.length > 12 ? ', …' : ''}`],
      ['source', `${source.checkpoint} (sha-256 ${source.sha256.slice(0, 12)}), licence: ${source.licence}`],
      ['files', `${files.length}, ${megabytes(bytes)}, ${golden.length} golden pictures`],
      ['needs', `edgenextd ${manifest.requires.daemon}${manifest.boards ? `, ${manifest.boards.join(' or ')}` : ''}`],
    ]),
    ...rungs.map(rungText),
  ].join('');
}

function rungText(rung: PackageInspection['rungs'][number]): string {
  const macs = rung.macs === null ? 'multiply-adds not counted' : `${(rung.macs / 1e6).toFixed(1)} M multiply-adds`;
  const graphs = rung.graphs.map(({ id, bytes, opset, irVersion, layers, quality }) => [
    ...[id, megabytes(bytes), `opset ${opset}, IR ${irVersion}`],
    Object.entries(layers.shares)
      .map(([precision, share]) => `${percent(share)} ${precision}`)
      .join(', '),
    quality.map(qualityText).join(', '),
  ]);
  const precisions = rung.layers.map(({ name, dims, precisions: found }) => [
    name,
    dims.join('x'),
    ...found.map((precision) => precision ?? '-'),
  ]);
  return [
    `\nrung ${rung.id}: ${rung.variant}, ${rung.width}x${rung.height}, ${rung.parameters} parameters, ${macs}\n`,
    rung.source ? `  from ${rung.source.checkpoint} (sha-256 ${rung.source.sha256.slice(0, 12)})\n` : '',
    textTable([['graph', 'size', 'format', 'weights', 'quality'], ...graphs], '  '),
    '\n',
    textTable([['layer', 'weights', ...rung.graphs.map(({ id }) => id)], ...precisions], '  '),
  ].join('');
}

function qualityText({ metric, value, images }: Graph['quality'][number]): string {
  return `${metric} ${metric.startsWith('cosine') ? value.toFixed(5) : percent(value)} of ${images}`;
}
