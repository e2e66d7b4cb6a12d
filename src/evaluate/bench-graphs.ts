import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BareSession, openBareSession } from '../infer/ort-session.js';
import type { GraphReference } from './graph-reference.js';
import { noiseFeeds } from './noise-feeds.js';
import { type Profile, readProfile } from './profile.js';
import { type Timing, timeGraphs } from './time-graphs.js';

export interface BenchOptions {
  readonly rounds: number;
  readonly threads: number;
  /** Optimized as the arm64 build of onnxruntime does, all graphs alike. */
  readonly armShaped: boolean;
  readonly profile: boolean;
  readonly advanced: () => void;
}

export interface BenchReport extends Pick<BenchOptions, 'rounds' | 'threads' | 'armShaped'> {
  readonly runtime: string;
  readonly graphs: readonly (Timing & { readonly profile: Profile | null })[];
}

const WARM_UP_ROUNDS = 10;
const PROFILED_RUNS = 30;

/** Times all graphs in turn on noise, then profiles each by itself: profiling costs time of its own. */
export async function benchGraphs(references: readonly GraphReference[], options: BenchOptions): Promise<BenchReport> {
  const { rounds, threads, armShaped, advanced } = options;
  const sessions: BareSession[] = [];
  let timings: Timing[];
  try {
    const graphs = [];
    for (const { id, graphPath } of references) {
      const session = await openBareSession({ graphPath, threads, armShaped, providers: ['cpu'], binding: null });
      sessions.push(session);
      const feeds = noiseFeeds(session.inputs, graphPath);
      graphs.push({ id, run: () => session.run(feeds) });
    }
    const nowMs = () => performance.now();
    timings = await timeGraphs(graphs, { rounds, warmUpRounds: WARM_UP_ROUNDS, nowMs, advanced });
  } finally {
    for (const session of sessions) await session.close();
  }
  const graphs = [];
  for (const [index, timing] of timings.entries()) {
    const path = references[index]?.graphPath;
    graphs.push({ ...timing, profile: options.profile && path ? await profileGraph(path, options) : null });
  }
  return { runtime: sessions[0]?.runtime ?? '', rounds, threads, armShaped, graphs };
}

async function profileGraph(graphPath: string, { threads, armShaped }: BenchOptions): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), 'edgenextd-profile-'));
  try {
    const fixed = { threads, armShaped, providers: ['cpu'], binding: null } as const;
    const session = await openBareSession({ ...fixed, graphPath, profilePrefix: join(folder, 'profile') });
    try {
      const feeds = noiseFeeds(session.inputs, graphPath);
      for (let run = 0; run < PROFILED_RUNS; run++) await session.run(feeds);
    } finally {
      await session.close();
    }
    const [file = ''] = await readdir(folder);
    return readProfile(await readFile(join(folder, file), 'utf8'), PROFILED_RUNS);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
