/**
 * Errors by whose fault they are. Each has a stable code, its facts as fields and a message that names the thing,
 * what was expected, what was received and what to do. Nobody branches on a message's text.
 */
export type ErrorFamily = 'configuration' | 'device' | 'model' | 'broker' | 'bug';

/** What the daemon does about an error of each family. */
export const ERROR_POLICY: Readonly<Record<ErrorFamily, string>> = {
  configuration: 'run on the last good copy, else with health and MQTT only; --strict exits 78',
  device: 'skip the frame and restart the source with back-off; the camera is offline meanwhile',
  model: 'restart the runner with back-off; a model that can not be loaded leaves the one before it in place',
  broker: 'reconnect with back-off; results go on to the local socket',
  bug: 'log with stack and exit 70, so that the service manager restarts a clean process',
};

export type ErrorFacts = Readonly<Record<string, unknown>>;

export class EdgeError extends Error {
  readonly family: ErrorFamily;
  readonly code: string;
  readonly facts: ErrorFacts;

  constructor(family: ErrorFamily, code: string, message: string, facts: ErrorFacts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'EdgeError';
    this.family = family;
    this.code = code;
    this.facts = facts;
  }
}

type MakeError = (code: string, message: string, facts?: ErrorFacts, cause?: unknown) => EdgeError;

const makerOf =
  (family: ErrorFamily): MakeError =>
  (code, message, facts, cause) =>
    new EdgeError(family, code, message, facts, cause);

export const configurationError = makerOf('configuration');
export const deviceError = makerOf('device');
export const modelError = makerOf('model');
export const brokerError = makerOf('broker');
export const bugError = makerOf('bug');

/** Whatever was thrown, as an EdgeError: a foreign one becomes the given family's. */
export function asEdgeError(thrown: unknown, make: MakeError = bugError, code = 'unexpected'): EdgeError {
  if (thrown instanceof EdgeError) return thrown;
  return make(code, thrown instanceof Error ? thrown.message : String(thrown), {}, thrown);
}
