import { availableParallelism, cpus, release, totalmem } from 'node:os';

/** One line that says on what the numbers below it were measured. */
export function machineLine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const model = cpus()[0]?.model ?? 'unknown processor';
  return `${model}, ${availableParallelism()} cores, ${memory} GiB, Linux ${release()}, Node ${process.version}`;
}
