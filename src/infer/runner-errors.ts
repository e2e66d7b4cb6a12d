import { type EdgeError, modelError } from '../errors.js';
import type { RunnerSpec } from './runner.js';
import type { ChildExit } from './runner-child.js';

export function describeExit({ code, signal, stderrTail }: ChildExit): string {
  const how = signal !== null ? `ended by ${signal}` : `exit code ${code}`;
  const hint = signal === 'SIGKILL' ? ' (out of memory?)' : '';
  return stderrTail === '' ? `${how}${hint}` : `${how}${hint}; it said: ${stderrTail}`;
}

export function closedError(spec: RunnerSpec): EdgeError {
  return modelError('runner-closed', `runner for ${spec.graphPath}: closed`);
}
