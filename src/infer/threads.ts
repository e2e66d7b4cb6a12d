import { availableParallelism } from 'node:os';

/** At most half the cores that this process may use (CPU affinity respected), at least one: the board is not ours alone. */
export function defaultThreads(cores = availableParallelism()): number {
  return Math.max(1, Math.floor(cores / 2));
}
