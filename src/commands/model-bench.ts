import { configurationError } from '../errors.js';
import { type BenchReport, benchGraphs } from '../evaluate/bench-graphs.js';
import { resolveGraphs } from '../evaluate/graph-reference.js';
import { parseCount, parseThreads } from './option-numbers.js';
import { createProgress } from './progress.js';
import { percent, textTable, threadCount } from './text-table.js';

/** `edgenextd model bench`, as typed. */
export interface ModelBenchOptions {
  readonly rung?: string;
  readonly graph?: readonly string[];
  readonly threads?: string;
  readonly rounds?: string;
  readonly armShaped?: boolean;
  readonly profile?: boolean;
  readonly json?: boolean;
}

const SLOWEST_NODES = 10;

/**
 * `edgenextd model bench PACKAGE…`: milliseconds of every graph, all in one run, with ratios to the first. Takes .onnx files
 * of any kind too.
 * @throws configuration error `option-invalid`, model errors about packages and graphs.
 */
export async function modelBench(
  named: readonly string[],
  options: ModelBenchOptions,
  write: (text: string) => void,
): Promise<BenchReport> {
  const rounds = parseCount('rounds', options.rounds, 100);
  const references = [];
  for (const text of named) references.push(...(await resolveGraphs(text, options)));
  if (references.length === 0)
    throw configurationError('bench-empty', 'nothing to measure: name packages or .onnx files', {});
  const progress = createProgress('measuring', rounds);
  const report = await benchGraphs(references, {
    ...{ rounds, threads: parseThreads(options.threads) },
    ...{ armShaped: options.armShaped === true, profile: options.profile === true },
    advanced: progress.advanced,
  });
  progress.done();
  write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : benchText(report));
  return report;
}

function benchText({ runtime, threads, armShaped, rounds, graphs }: BenchReport): string {
  const rows = graphs.map(({ id, p50Ms, p95Ms, ratio }) => [id, p50Ms.toFixed(2), p95Ms.toFixed(2), ratio.toFixed(3)]);
  const profiles = graphs.map(({ id, profile }) => {
    if (profile === null) return '';
    const operators = profile.operators.map(({ operator, nodes, msPerRun, share }) => [
      ...[operator, `${nodes}`, msPerRun.toFixed(3), percent(share)],
    ]);
    const slowest = profile.nodes
      .slice(0, SLOWEST_NODES)
      .map(({ node, operator, msPerRun }) => [node, operator, msPerRun.toFixed(3)]);
    return (
      `\n${id} by operator\n${textTable([['operator', 'nodes', 'ms', 'share'], ...operators], '  ')}` +
      `slowest nodes\n${textTable([['node', 'operator', 'ms'], ...slowest], '  ')}`
    );
  });
  return [
    `${runtime}, ${threadCount(threads)}, ${armShaped ? 'optimized as on ARM, ' : ''}${rounds} runs each, in turn\n`,
    textTable([['graph', 'p50 ms', 'p95 ms', 'ratio'], ...rows]),
    ...profiles,
  ].join('');
}
