/** Where each message goes: `edgenext/v1/{manufacturer}/{serialNumber}/{path}`. The `v1` is the major of the version below. */
export const PROTOCOL_VERSION = '1.0.0';
/** What every broker takes; AWS IoT Core refuses more. A larger message is dropped, not cut. */
export const MAX_PAYLOAD_BYTES = 128 * 1024;
const TOPIC_ROOT = 'edgenext/v1';

export interface Identity {
  readonly manufacturer: string;
  readonly serialNumber: string;
}

export interface TopicRule {
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** One topic a camera: the path ends in `/{camera}`. */
  readonly perCamera: boolean;
  /** One topic a verb: the path ends in `/{verb}`. */
  readonly perVerb?: boolean;
  /** `in`: the daemon reads it. */
  readonly direction?: 'in';
  /**
   * What happens while the broker is away: `state` is sent again on reconnect, `newest` keeps one message a topic
   * until it expires, `keep` holds all in order as far as the outbox reaches, `skip` is not worth keeping.
   */
  readonly offline: 'state' | 'newest' | 'keep' | 'skip';
}

export const TOPICS = {
  connection: { qos: 1, retain: true, perCamera: false, offline: 'state' },
  factsheet: { qos: 1, retain: true, perCamera: false, offline: 'state' },
  state: { qos: 0, retain: false, perCamera: false, offline: 'skip' },
  telemetry: { qos: 0, retain: false, perCamera: false, offline: 'newest' },
  status: { qos: 1, retain: true, perCamera: true, offline: 'state' },
  result: { qos: 0, retain: false, perCamera: true, offline: 'newest' },
  event: { qos: 1, retain: false, perCamera: true, offline: 'keep' },
  alert: { qos: 1, retain: false, perCamera: false, offline: 'keep' },
  cmd: { qos: 1, retain: false, perCamera: false, perVerb: true, direction: 'in', offline: 'skip' },
  cmdack: { qos: 1, retain: false, perCamera: false, perVerb: true, offline: 'keep' },
} as const satisfies Record<string, TopicRule>;

export type MessageKind = keyof typeof TOPICS;

/** One topic level, and a client id, a certificate's name and a file name as well. */
export const IDENTITY_PATTERN = /^[A-Za-z0-9_.:-]{1,64}$/;
/** Names of cameras, regions and slots. */
export const NAME_PATTERN = /^[a-z0-9_]{1,32}$/;

export const topicBase = (identity: Identity): string =>
  `${TOPIC_ROOT}/${identity.manufacturer}/${identity.serialNumber}`;

/** The part after the device, which is also the `topic` field on the local socket: `state`, `result/front`. */
export const topicPath = (kind: MessageKind, level?: string): string =>
  level === undefined ? kind : `${kind}/${level}`;

/** A topic with its parameters in braces: `edgenext/v1/{manufacturer}/{serialNumber}/result/{camera}`. */
export function topicAddress(kind: MessageKind): string {
  const { perCamera, perVerb }: TopicRule = TOPICS[kind];
  const level = perCamera ? '{camera}' : perVerb ? '{verb}' : undefined;
  return `${topicBase({ manufacturer: '{manufacturer}', serialNumber: '{serialNumber}' })}/${topicPath(kind, level)}`;
}
