import { modelError } from '../../src/errors.js';
import type { StartRunner } from '../../src/infer/model-slot.js';
import type { Answer, Runner, RunnerExit, RunnerSpec } from '../../src/infer/runner.js';

/** A runner of the test: it answers, crashes and ends when told to. */
interface FakeRunner extends Runner {
  readonly spec: RunnerSpec;
  readonly signal: AbortSignal;
  readonly state: 'up' | 'closing' | 'gone';
  /** Answers the frame in flight. */
  answer(): void;
  crash(signal?: string): void;
}

export interface FakeStarts {
  readonly start: StartRunner;
  /** All that were started, in order. */
  readonly runners: FakeRunner[];
  /** Starts that wait to be decided, oldest first. */
  readonly pending: { readonly spec: RunnerSpec; up(): FakeRunner; fail(code: string): void }[];
  /** True: every start succeeds at once. */
  immediate: boolean;
}

export function fakeStarts(): FakeStarts {
  const fake: FakeStarts = {
    runners: [],
    pending: [],
    immediate: true,
    start(spec, signal) {
      return new Promise((resolve, reject) => {
        const start = {
          spec,
          up: () => {
            const runner = fakeRunner(spec, signal, fake.runners.length + 1);
            fake.runners.push(runner);
            resolve(runner);
            return runner;
          },
          fail: (code: string) => reject(modelError(code, `fake: ${code}`)),
        };
        signal.addEventListener('abort', () => start.fail('runner-closed'));
        if (fake.immediate) start.up();
        else fake.pending.push(start);
      });
    },
  };
  return fake;
}

function fakeRunner(spec: RunnerSpec, signal: AbortSignal, pid: number): FakeRunner {
  let state: FakeRunner['state'] = 'up';
  let inFlight: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;
  let exit: (exit: RunnerExit) => void = () => undefined;
  const exited = new Promise<RunnerExit>((resolve) => {
    exit = resolve;
  });
  const end = (how: Partial<RunnerExit>, code: string): void => {
    if (state === 'gone') return;
    const expected = state === 'closing';
    state = 'gone';
    inFlight?.reject(modelError(code, `fake: ${code}`));
    inFlight = null;
    exit({ expected, code: null, signal: null, stderrTail: '', reason: `fake: ${code}`, ...how });
  };
  const kill = () => end({ signal: 'SIGKILL' }, 'runner-closed');
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  const info = {
    pid,
    model: spec.model,
    runtime: 'fake',
    providersAsked: spec.providers,
    providersCompiledIn: ['cpu'],
    providerActual: 'cpu',
    providerReason: null,
    threads: spec.threads,
    loadMs: 1,
    warmUpMs: 1,
  };
  return {
    spec,
    signal,
    info,
    exited,
    get state() {
      return state;
    },
    infer: () =>
      state === 'up'
        ? new Promise((resolve, reject) => {
            inFlight = { resolve, reject };
          })
        : Promise.reject(modelError('runner-closed', 'fake: closed')),
    answer() {
      inFlight?.resolve({ runner: info, regions: [], picture: { width: 8, height: 8 } });
      inFlight = null;
      if (state === 'closing') end({ code: 0 }, 'runner-closed');
    },
    crash: (name = 'SIGSEGV') => end({ signal: name }, 'runner-crashed'),
    async close() {
      if (state === 'up') state = 'closing';
      if (inFlight === null) end({ code: 0 }, 'runner-closed');
      await exited;
    },
  };
}
