import type { BrokerLink } from './broker-link.js';
import type { WireCommand } from './command-topic.js';
import { type Draft, headerOf, type MessageContext } from './context.js';
import { type Encoded, encode } from './encode.js';
import type { LocalSocket } from './local-socket.js';
import type { Message } from './messages.js';

/** One answer, before the header. */
export type AckFacts = Omit<Message<'cmdack'>, keyof ReturnType<typeof headerOf> | 'headerId'>;

/** A command from outside, with the way back to whoever sent it. */
export interface Command {
  readonly way: 'mqtt' | 'socket';
  /** From the topic; null where the payload names it. */
  readonly verb: string | null;
  readonly payload: Uint8Array;
  readonly answer: (ack: AckFacts) => void;
}

export interface CommandWays {
  readonly context: () => MessageContext;
  readonly socket: Pick<LocalSocket, 'onLine'> | null;
  readonly broker: Pick<BrokerLink, 'publish'> | null;
}

/** Brings commands from all ways to one listener; gives back what the broker's connection hands its commands to. */
export function openCommandWays(
  ways: CommandWays,
  listener: (command: Command) => void,
): (command: WireCommand) => void {
  const encodeAck = (ack: AckFacts): Encoded => encode('cmdack', buildAck(ways.context(), ack));
  ways.socket?.onLine((payload, answer) => {
    listener({ way: 'socket', verb: null, payload, answer: (ack) => answer(encodeAck(ack)) });
  });
  return ({ verb, payload, reply }) => {
    listener({ way: 'mqtt', verb, payload, answer: (ack) => ways.broker?.publish(encodeAck(ack), reply) });
  };
}

export const buildAck = (context: MessageContext, ack: AckFacts): Draft<Message<'cmdack'>> => ({
  ...headerOf(context),
  ...ack,
});
