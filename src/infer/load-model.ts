import { modelError } from '../errors.js';
import type { RunnerSpec } from './runner.js';
import type { ChildExit, RunnerChild } from './runner-child.js';
import { closedError, describeExit } from './runner-errors.js';
import { type ReadyMessage, readFromRunner } from './wire.js';

const START_DEADLINE_MS = 60_000;
/** TensorRT builds its engine at every start: 9.5 minutes were seen on an Orin (roboflow/inference #2703). */
const START_DEADLINE_TENSORRT_MS = 1_200_000;

export interface LoadOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** For loading and warm-up. */
  readonly startDeadlineMs?: number;
}

/** Tells a fresh process its model and waits until it is warm. The caller kills the process when this rejects. */
export function loadModel(child: RunnerChild, spec: RunnerSpec, options: LoadOptions): Promise<ReadyMessage> {
  const tensorrt = spec.providers.includes('tensorrt');
  const boundMs = options.startDeadlineMs ?? (tensorrt ? START_DEADLINE_TENSORRT_MS : START_DEADLINE_MS);
  return new Promise((resolve, reject) => {
    const fail = (what: string, exit?: ChildExit): void =>
      settle(() => reject(modelError('runner-start-failed', `runner for ${spec.graphPath}: ${what}`, { ...exit })));
    const timer = setTimeout(() => fail(`not ready within ${boundMs} ms; killed`), boundMs);
    const aborted = (): void => settle(() => reject(closedError(spec)));
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', aborted);
      how();
    };
    options.signal?.addEventListener('abort', aborted);
    void child.exited.then((exit) => fail(`its process ended while loading: ${describeExit(exit)}`, exit));
    child.listen((raw) => {
      const message = readFromRunner(raw, spec.classes);
      if (message?.type === 'ready') settle(() => resolve(message));
      else if (message?.type === 'refused') {
        settle(() => reject(modelError(message.code, message.message, message.facts)));
      } else fail('it sent a malformed message; killed');
    });
    child.send({ type: 'start', spec });
  });
}
