/** What a command and its answers are, whatever the way they come and go. */

/** How a command came. */
export type Way = 'mqtt' | 'socket';

type AckState = 'accepted' | 'progress' | 'done' | 'failed' | 'expired';

export interface Ack {
  /** `unknown` where the command named no verb that there is. */
  readonly verb: string;
  /** As the command said; null where it said none that could be read. */
  readonly transaction: string | null;
  readonly state: AckState;
  /** Why it failed, for programs and for people. */
  readonly code: string | null;
  readonly reason: string | null;
  /** How far it is, for people. */
  readonly progress: string | null;
  /** What `done` brings. */
  readonly result: Readonly<Record<string, unknown>> | null;
}

/** A command as it came: nothing in it is checked. */
export interface Incoming {
  readonly way: Way;
  /** From the topic; null where the payload names it. */
  readonly verb: string | null;
  readonly payload: Uint8Array;
  /** Takes an answer to whoever asked. Never throws, never waits. */
  readonly answer: (ack: Ack) => void;
}

export const isFinal = ({ state }: Ack): boolean => state !== 'accepted' && state !== 'progress';
