import type { ReplyTo } from './courier.js';
import type { Received } from './mqtt-client.js';

/** A command from the broker, as it came. */
export interface WireCommand {
  /** The last level of its topic. */
  readonly verb: string;
  readonly payload: Buffer;
  /** null: to `cmdack/{verb}` and nothing else. */
  readonly reply: ReplyTo | null;
}

const LONGEST_TOPIC = 512;
const LONGEST_CORRELATION = 1024;

/**
 * The command that a message is; null when it is to be ignored: one that was retained may have been meant for long ago,
 * and comes again with every connection.
 */
export function readCommand(
  base: string,
  { topic, payload, retain, responseTopic, correlation }: Received,
): WireCommand | null {
  const prefix = `${base}/cmd/`;
  if (retain || !topic.startsWith(prefix)) return null;
  const reply = {
    topic: responseTopic !== null && mayAnswerTo(base, responseTopic) ? responseTopic : null,
    correlation: correlation !== null && correlation.length <= LONGEST_CORRELATION ? correlation : null,
  };
  const isPlain = reply.topic === null && reply.correlation === null;
  return { verb: topic.slice(prefix.length), payload, reply: isPlain ? null : reply };
}

/** Nobody may have this device say something in its own name, or command itself. */
function mayAnswerTo(base: string, topic: string): boolean {
  if (topic === '' || topic.length > LONGEST_TOPIC || topic.startsWith('$')) return false;
  if (/[+#\0]/.test(topic)) return false;
  return !topic.startsWith(`${base}/`) || topic.startsWith(`${base}/cmdack/`);
}
