import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationError } from '../errors.js';
import { type ComparableGraph, openComparable } from '../evaluate/comparable.js';
import { type Comparison, compare } from '../evaluate/compare.js';
import { type GraphReference, resolveGraph } from '../evaluate/graph-reference.js';
import { readPictureFolder } from '../evaluate/labelled-folder.js';
import { PictureSource } from '../evaluate/picture-source.js';
import { type Timing, timeGraphs } from '../evaluate/time-graphs.js';
import { parseCount, parseThreads } from './option-numbers.js';
import { createProgress } from './progress.js';
import { factList, megabytes, percentWithin, textTable, threadCount } from './text-table.js';

/** `edgenextd model compare`, as typed. */
export interface ModelCompareOptions {
  /** A folder of pictures; without one, the golden pictures of the first package. */
  readonly images?: string;
  readonly threads?: string;
  readonly rounds?: string;
  readonly json?: boolean;
}

export interface ComparisonReport extends Comparison {
  readonly a: ComparedSide;
  readonly b: ComparedSide;
  readonly data: { readonly folder: string; readonly digest: string };
  readonly runtime: string;
  readonly threads: number;
}

interface ComparedSide extends Timing {
  readonly input: { readonly width: number; readonly height: number };
  /** Graph and weights. */
  readonly bytes: number;
}

const WARM_UP_ROUNDS = 5;

/**
 * `edgenextd model compare A B`: how alike two networks answer to the same pictures, and what each costs.
 * @throws configuration errors `compare-classes` where their classes differ, `compare-images` where there are no pictures.
 */
export async function modelCompare(
  a: string,
  b: string,
  options: ModelCompareOptions,
  write: (text: string) => void,
): Promise<ComparisonReport> {
  const threads = parseThreads(options.threads);
  const rounds = parseCount('rounds', options.rounds, 50);
  const references = [await resolveGraph(a), await resolveGraph(b)] as const;
  const pictures = await picturesFor(options.images, references[0]);
  const opened: ComparableGraph[] = [];
  try {
    const first = await openComparable(references[0], threads);
    opened.push(first);
    const second = await openComparable(references[1], threads);
    opened.push(second);
    requireSameClasses(first, second);
    const source = new PictureSource(null);
    const progress = createProgress('comparing', pictures.paths.length);
    const read = (path: string) => source.read(path, path.slice(pictures.folder.length));
    const comparison = await compare(first, second, pictures.paths, read, progress.advanced);
    progress.done();
    const nowMs = () => performance.now();
    const timings = await timeGraphs([timed(first), timed(second)], { rounds, warmUpRounds: WARM_UP_ROUNDS, nowMs });
    const [sideA, sideB] = [await sideOf(first, timings[0]), await sideOf(second, timings[1])];
    const data = { folder: pictures.folder, digest: source.digest() };
    const report = { a: sideA, b: sideB, data, runtime: first.runtime, threads, ...comparison };
    write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : comparisonText(report));
    return report;
  } finally {
    for (const { session } of opened) await session.close();
  }
}

async function picturesFor(folder: string | undefined, { origin, id }: GraphReference) {
  if (folder !== undefined) return { folder, paths: await readPictureFolder(folder) };
  const golden = origin?.model.manifest.golden ?? [];
  if (origin && golden.length > 0)
    return { folder: origin.model.folder, paths: golden.map(({ file }) => join(origin.model.folder, file)) };
  throw configurationError('compare-images', `${id} has no golden pictures; give a folder of pictures with --images`, {
    id,
  });
}

function requireSameClasses(a: ComparableGraph, b: ComparableGraph): void {
  const isSame =
    a.classes === b.classes && (a.labels ?? []).every((label, index) => (b.labels?.[index] ?? label) === label);
  if (isSame) return;
  throw configurationError(
    'compare-classes',
    `${a.id} has ${a.classes} classes, ${b.id} ${b.classes}: only networks with the same classes in the same order can be compared`,
    { a: a.classes, b: b.classes },
  );
}

function timed({ id, session, input }: ComparableGraph) {
  const blank = new Uint8Array(input.width * input.height * 3);
  return { id, run: () => session.run(blank) };
}

async function sideOf({ id, input, files }: ComparableGraph, timing: Timing | undefined): Promise<ComparedSide> {
  let bytes = 0;
  for (const path of files) bytes += (await stat(path)).size;
  return { ...(timing ?? { p50Ms: Number.NaN, p95Ms: Number.NaN, ratio: Number.NaN }), id, input, bytes };
}

function comparisonText(report: ComparisonReport): string {
  const { a, b, data, images, unreadable } = report;
  const sides = [a, b].map(({ id, input, bytes, p50Ms, p95Ms, ratio }) => [
    ...[id, `${input.width}x${input.height}`, megabytes(bytes), p50Ms.toFixed(2), p95Ms.toFixed(2), ratio.toFixed(2)],
  ]);
  return [
    `${images} pictures of ${data.folder} (sha-256 ${data.digest.slice(0, 12)}), ${report.runtime}, ${threadCount(report.threads)}\n`,
    ...unreadable.map(({ name, reason }) => `  could not be read and is not counted: ${name}: ${reason}\n`),
    factList([
      ['same class (95 %)', percentWithin(report.same)],
      ['mean cosine', report.meanCosine.toFixed(6)],
      ['lowest cosine', report.lowestCosine.toFixed(6)],
      ['largest difference of logits', report.largestDifference.toPrecision(3)],
    ]),
    '\n',
    textTable([['graph', 'input', 'size', 'p50 ms', 'p95 ms', 'ratio'], ...sides]),
  ].join('');
}
