import { type EdgeError, modelError } from '../errors.js';
import type { RunnerSpec } from './runner.js';
import type { ChildExit } from './runner-child.js';

export function describeExit({ code, signal, stderrTail }: ChildExit): string {
  const how = signal !== null ? `ended by ${signal}` : `exit code ${code}`;
  const hint = signal === 'SIGKILL' ? ' (out of memory?)' : '';
  return stderrTail === '' ? `${how}${hint}` : `${how}${hint}; it said: ${stderrTail}`;
}

/** What a network with damaged weights answers; softmax would make it a picture of nothing in particular. */
export const NO_NUMBERS = 'the network gave scores that are no numbers (NaN or infinite); build the package again';

export function closedError(spec: RunnerSpec): EdgeError {
  return modelError('runner-closed', `runner for ${spec.graphPath}: closed`);
}
