/**
 * Everything that can be wrong and that somebody outside is told about, with what it means and what to do. Literal, so
 * that this file and docs/conditions.md are all there is to read; a test compares the two.
 *
 * WARNING: works, but not as wished. URGENT: a camera or a way out is lost. CRITICAL: the main job stands still.
 * FATAL: the daemon can't do its main job before a person has done something.
 */
export const LEVELS = ['WARNING', 'URGENT', 'CRITICAL', 'FATAL'] as const;
export type Level = (typeof LEVELS)[number];

export interface ConditionKind {
  readonly level: Level;
  /** What the subject names: which camera, which slot; the daemon has no subject. */
  readonly about: 'camera' | 'slot' | 'daemon';
  readonly description: string;
  readonly hint: string;
}

export const CONDITIONS = {
  'config-last-good': {
    level: 'URGENT',
    about: 'daemon',
    description: 'The configuration has mistakes; the last good copy of it is in use.',
    hint: 'Run `edgenextd config check`, mend what it lists and restart.',
  },
  'config-invalid': {
    level: 'FATAL',
    about: 'daemon',
    description: 'The configuration has mistakes and there is no good copy; only health and MQTT are up.',
    hint: 'Run `edgenextd config check`, mend what it lists and restart.',
  },
  'camera-offline': {
    level: 'URGENT',
    about: 'camera',
    description: 'The camera gives no frames; it is tried again with back-off.',
    hint: 'See the reason; check cable, power, address and whether another program holds the camera.',
  },
  'camera-stalled': {
    level: 'URGENT',
    about: 'camera',
    description:
      'The camera stopped giving frames without an error; its program is started again, while a pipe waits for its producer.',
    hint: 'When it comes back again and again: check cable, power supply and the rate that the camera can give, or the producer.',
  },
  'camera-ended': {
    level: 'WARNING',
    about: 'camera',
    description: 'The source came to its end, as a file does, and is not started again.',
    hint: 'Nothing, when it was meant to end; else choose a source that repeats.',
  },
  'camera-corrupt': {
    level: 'WARNING',
    about: 'camera',
    description: 'Many frames of the camera could not be decoded.',
    hint: 'Check cable and connection, and whether the producer writes the format that it announces.',
  },
  'frames-too-old': {
    level: 'WARNING',
    about: 'camera',
    description: 'Most frames are older than maxAge before the network can see them.',
    hint: 'Lower the rate or the size, or raise maxAge; look for what else uses the processor.',
  },
  'runner-failing': {
    level: 'CRITICAL',
    about: 'slot',
    description: 'The process with the model ended or can not start; it is started again with back-off.',
    hint: 'See the reason and the log; free memory, or use a smaller rung.',
  },
  'runner-slow': {
    level: 'URGENT',
    about: 'slot',
    description: 'The network did not answer a frame before its deadline; the process was killed.',
    hint: 'Use a smaller rung or more threads, or raise the deadline of the slot.',
  },
  'model-missing': {
    level: 'CRITICAL',
    about: 'slot',
    description: 'The slot has no model that can be used.',
    hint: 'Check the path of the package in the configuration; the reason names what is wrong with it.',
  },
  'provider-fallback': {
    level: 'WARNING',
    about: 'slot',
    description: 'The network runs on another execution provider than the first one asked for.',
    hint: 'Install a build of the runtime that has the provider, or ask for cpu to be at peace.',
  },
  'broker-offline': {
    level: 'WARNING',
    about: 'daemon',
    description: 'The MQTT broker can not be reached; the local socket goes on.',
    hint: 'See the reason; check the network, the address and whether the broker runs.',
  },
  'broker-refused': {
    level: 'URGENT',
    about: 'daemon',
    description: 'The MQTT broker refuses this device, or its certificate is not to be trusted; retried slowly.',
    hint: 'See the reason; check credentials, client id, certificates and the access list of the broker.',
  },
  'commands-refused': {
    level: 'WARNING',
    about: 'daemon',
    description: 'The broker does not let this device hear its commands; all else goes on.',
    hint: 'Allow it to subscribe to its cmd/+ topics, or set commands.allow to an empty list.',
  },
  'settings-ignored': {
    level: 'WARNING',
    about: 'daemon',
    description: 'Settings that commands had stored do not fit the configuration any more and are left out.',
    hint: 'See the reason; send `config.reset`, or mend or remove config.overlay.yaml in stateDir and restart.',
  },
  'clock-unsynchronized': {
    level: 'WARNING',
    about: 'daemon',
    description: 'The wall clock follows no time server: the UTC times in messages may be wrong.',
    hint: 'Check network and time service; captureMonotonicNs and durations are right all the same.',
  },
  'results-dropped': {
    level: 'WARNING',
    about: 'daemon',
    description: 'Messages were lost because a queue was full.',
    hint: 'See publishing in `state`; check the connection to the broker, or raise mqtt.queue.',
  },
  'socket-unavailable': {
    level: 'URGENT',
    about: 'daemon',
    description: 'The local socket can not be opened; results only go to MQTT.',
    hint: "See the reason; the folder of socket.path must be writable for the daemon's user.",
  },
  'state-dir-unwritable': {
    level: 'WARNING',
    about: 'daemon',
    description: 'The state directory can not be written: no good copy of the configuration is kept.',
    hint: "Check that stateDir exists, is writable for the daemon's user and has room.",
  },
} as const satisfies Record<string, ConditionKind>;

export type ConditionId = keyof typeof CONDITIONS;
