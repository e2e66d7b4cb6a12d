import type { Draft } from './context.js';
import type { Message } from './messages.js';
import { type MessageKind, topicPath } from './topics.js';

/** A message as text, made once for all its ways; each way puts its own header number in front. */
export interface Encoded {
  readonly kind: MessageKind;
  /** `result/front` */
  readonly path: string;
  /** JSON without the opening brace and without `headerId`. */
  readonly rest: string;
  /** After this nobody should read it as news; null: never. */
  readonly expiresNs: bigint | null;
}

export function encode<K extends MessageKind>(
  kind: K,
  draft: Draft<Message<K>>,
  expiresNs: bigint | null = null,
): Encoded {
  const level = 'camera' in draft ? String(draft.camera) : 'verb' in draft ? String(draft.verb) : undefined;
  return { kind, path: topicPath(kind, level), rest: JSON.stringify(draft).slice(1), expiresNs };
}

/** The payload on MQTT. */
export const payloadOf = ({ rest }: Encoded, headerId: number): string => `{"headerId":${headerId},${rest}`;

/** The same on the local socket: one line, with the path as its first field. */
export const lineOf = ({ path, rest }: Encoded, headerId: number): string =>
  `{"topic":"${path}","headerId":${headerId},${rest}\n`;

/** Counts the messages of each topic from 0, and starts over after 2^32. */
export function createNumbering(): (path: string) => number {
  const next = new Map<string, number>();
  return (path) => {
    const number = next.get(path) ?? 0;
    next.set(path, (number + 1) % 0x1_0000_0000);
    return number;
  };
}
