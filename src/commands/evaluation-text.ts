import type { Evaluation, GraphEvaluation } from '../evaluate/evaluate.js';
import type { ScalerChoice } from '../evaluate/through-scaler.js';
import { percent, percentWithin, textTable, threadCount } from './text-table.js';

export interface EvaluationReport extends Evaluation {
  readonly package: { readonly name: string; readonly version: string; readonly digest: string; readonly rung: string };
  /** Pictures by class that the model does not know stand in `leftOut`. */
  readonly data: {
    readonly folder: string;
    readonly digest: string;
    readonly leftOut: Readonly<Record<string, number>>;
  };
  readonly through: ScalerChoice | null;
  readonly runtime: string;
  readonly threads: number;
}

const WORST_CLASSES = 5;
const MISTAKES = 8;

export function evaluationText(report: EvaluationReport): string {
  return [
    heading(report),
    unread(report),
    accuracy(report.graphs),
    paired(report.graphs),
    ...report.graphs.slice(0, 1).map(weaknesses),
  ].join('');
}

function heading({ package: model, data, through, images, threads, runtime }: EvaluationReport): string {
  const left = Object.values(data.leftOut).reduce((sum, count) => sum + count, 0);
  const lines = [
    `${model.name} ${model.version}, rung ${model.rung}, ${images} pictures of ${data.folder} (sha-256 ${data.digest.slice(0, 12)})`,
    ...(left === 0
      ? []
      : [`${left} pictures of ${Object.keys(data.leftOut).length} classes that the model does not know are left out`]),
    ...(through === null
      ? []
      : [`scaled by ffmpeg as ${through.scheme} does, to cover ${through.capture.width}x${through.capture.height}`]),
    `${runtime}, ${threadCount(threads)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function unread({ unreadable }: EvaluationReport): string {
  if (unreadable.length === 0) return '';
  const shown = unreadable.slice(0, MISTAKES).map(({ name, reason }) => `  ${name}: ${reason}\n`);
  return `${unreadable.length} pictures could not be read and are not counted:\n${shown.join('')}`;
}

function accuracy(graphs: readonly GraphEvaluation[]): string {
  const rows = graphs.map(({ id, top1, top5 }) => [
    ...[id, percentWithin(top1), `${top1.count}`],
    top5 === null ? '' : percentWithin(top5),
  ]);
  return `\n${textTable([['graph', 'top-1 (95 %)', 'right', graphs[0]?.top5 ? 'top-5 (95 %)' : ''], ...rows])}`;
}

function paired(graphs: readonly GraphEvaluation[]): string {
  const rows = graphs.flatMap(({ id, paired: pair }) =>
    pair === null
      ? []
      : [
          [
            ...[id, percentWithin(pair.same), pair.meanCosine.toFixed(5), pair.lowestCosine.toFixed(5)],
            ...[pair.largestDifference.toFixed(3), `${pair.onlyA}`, `${pair.onlyB}`],
            ...[pair.exactP.toFixed(3), pair.midP.toFixed(3)],
          ],
        ],
  );
  const [reference] = graphs;
  if (rows.length === 0 || !reference) return '';
  const head = [
    'same class (95 %)',
    'mean cosine',
    'lowest',
    'max difference',
    `only ${reference.id} right`,
    'only it right',
  ];
  return `\nagainst ${reference.id}, picture by picture\n${textTable([['graph', ...head, 'McNemar p', 'mid-p'], ...rows])}`;
}

function weaknesses({ id, worst, mistakes }: GraphEvaluation): string {
  const classes = worst
    .slice(0, WORST_CLASSES)
    .map(({ label, right, images }) => [label, percent(right / images), `${right} of ${images}`]);
  const made = mistakes
    .slice(0, MISTAKES)
    .map(({ label, takenFor, images }) => [label, `taken for ${takenFor}`, `${images}`]);
  return (
    `\nleast recognised by ${id}\n${textTable([['class', 'right', 'pictures'], ...classes])}` +
    (made.length === 0 ? '' : `\nmost frequent mistakes of ${id}\n${textTable([['class', '', 'pictures'], ...made])}`)
  );
}
