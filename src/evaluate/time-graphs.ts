import { percentile } from './percentile.js';

export interface TimedGraph {
  readonly id: string;
  readonly run: () => Promise<unknown>;
}

export interface Timing {
  readonly id: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Of the medians, to the first graph. */
  readonly ratio: number;
}

export interface TimingOptions {
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly nowMs: () => number;
  readonly advanced?: () => void;
}

/**
 * Runs all graphs in turn, every other round in reverse: whatever else the machine does meets all of them alike. A turn is
 * a run that is not timed and one that is: on a board only one network runs, so its weights, not the neighbour's, lie in
 * the caches.
 */
export async function timeGraphs(graphs: readonly TimedGraph[], options: TimingOptions): Promise<Timing[]> {
  const durationsMs = new Map(graphs.map((graph) => [graph, [] as number[]]));
  for (let round = -options.warmUpRounds; round < options.rounds; round++) {
    for (const graph of round % 2 === 0 ? graphs : graphs.toReversed()) {
      await graph.run();
      const beganMs = options.nowMs();
      await graph.run();
      if (round >= 0) durationsMs.get(graph)?.push(options.nowMs() - beganMs);
    }
    if (round >= 0) options.advanced?.();
  }
  const medians = graphs.map((graph) => percentile(durationsMs.get(graph) ?? [], 50));
  return graphs.map((graph, index) => ({
    id: graph.id,
    p50Ms: medians[index] ?? Number.NaN,
    p95Ms: percentile(durationsMs.get(graph) ?? [], 95),
    ratio: (medians[index] ?? Number.NaN) / (medians[0] ?? Number.NaN),
  }));
}
