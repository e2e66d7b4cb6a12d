/** Preloaded into the daemon: writes the percentiles of its event loop's lag to `$LAG_REPORT.PID` when it ends. */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 1;
const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
// The first two seconds are start-up, which blocks for the modules that it reads.
setTimeout(() => histogram.enable(), 2000).unref();
process.on('exit', () => {
  const lagMs = (p: number): string => Math.max(0, histogram.percentile(p) / 1e6 - RESOLUTION_MS).toFixed(2);
  const report = process.env.LAG_REPORT;
  if (report !== undefined) writeFileSync(`${report}.${process.pid}`, `p50 ${lagMs(50)} ms, p99 ${lagMs(99)} ms`);
});
