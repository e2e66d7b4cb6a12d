/**
 * Commands from outside to what they do. Every command gets an answer: accepted, then maybe progress, then exactly one of
 * done, failed and expired; one that only tells is answered at once. What a command may take and do is decided here, by
 * the table in verbs.ts and by whoever says which verbs are allowed; what it does is injected.
 *
 * parse.ts   bytes → verb, transaction, arguments, or what is wrong with them
 * transactions.ts   the same transaction acts once and gets the same answer
 * inhibits.ts   who wants that nothing changes now
 *
 * Bounded: so many commands at a time, so many transactions remembered; beyond that the answer is `busy`.
 * To test: give it handlers that write into an array and commands that collect their answers.
 */
import { type Clock, msToNs } from '../clock.js';
import { EdgeError } from '../errors.js';
import type { Logger } from '../log.js';
import { type Ack, type Incoming, isFinal, type Way } from './command.js';
import { type Envelope, fingerprintOf, readArgs, readEnvelope } from './parse.js';
import { type Transaction, TransactionMemory } from './transactions.js';
import { type Asked, type Handlers, VERBS, type Verb } from './verbs.js';

export interface DispatcherParts {
  readonly handlers: Handlers;
  readonly isAllowed: (verb: Verb, way: Way) => boolean;
  readonly clock: Clock;
  /** Whether the wall clock can be held against a command's timestamp. */
  readonly isClockTrusted: () => boolean;
  readonly log: Logger;
  /** The restart that this daemon was started by: not to be done again. */
  readonly restartedBy?: Asked | null;
}

/** An acting command that is older is not done any more. */
const ACTING_TTL_MS = 30_000;
const MOST_RUNNING = 8;
const MOST_LISTENERS = 8;
/** A handler that is not done by then is answered for; nobody waits for ever. */
const HANDLER_DEADLINE_MS = 20_000;
/** Less than what a broker takes, with room for the header. */
const MAX_RESULT_BYTES = 120_000;

const NO_MORE = { code: null, reason: null, progress: null, result: null } as const;

export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #memory: TransactionMemory;
  #running = 0;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#memory = new TransactionMemory(parts.clock);
    const { restartedBy = null } = parts;
    if (restartedBy === null) return;
    const { key, transaction, fingerprint } = restartedBy;
    const done = this.#memory.open(key, true, fingerprint);
    if (done !== null) done.last = { ...NO_MORE, verb: 'restart', transaction, state: 'done', result: {} };
  }

  /** Never throws; the answers come by `incoming.answer`. */
  handle(incoming: Incoming): void {
    const envelope = readEnvelope(incoming);
    if ('code' in envelope) {
      const { verb, transaction, code, reason } = envelope;
      incoming.answer({ ...NO_MORE, verb, transaction, state: 'failed', code, reason });
      return;
    }
    const refused = this.#admit(envelope, incoming);
    if (refused !== null) incoming.answer(refused);
  }

  /** Starts or replays the command, or says why not. */
  #admit(envelope: Envelope, incoming: Incoming): Ack | null {
    const { verb, transaction } = envelope;
    const fail = failing(verb, transaction);
    if (!this.#parts.isAllowed(verb, incoming.way)) {
      return fail('not-allowed', `${verb} is not among commands.allow in the configuration of this device`);
    }
    const read = readArgs(envelope);
    if ('wrong' in read) return fail('bad-arguments', read.wrong);
    const { acts } = VERBS[verb];
    if (acts && transaction === null) return fail('no-transaction', 'a command that acts needs a transaction');

    const fingerprint = fingerprintOf(envelope);
    const key = `${incoming.way} ${transaction}`;
    const known = transaction === null ? null : this.#memory.find(key);
    if (known !== null) {
      if (known.fingerprint !== fingerprint) return fail('transaction-reused', 'it stood for another command');
      replay(known, incoming);
      return null;
    }
    if (acts && this.#isLate(envelope)) {
      const reason = `sent more than ${ACTING_TTL_MS / 1000} s ago`;
      return { ...NO_MORE, verb, transaction, state: 'expired', code: 'expired', reason };
    }
    if (this.#running >= MOST_RUNNING) return fail('busy', 'too many commands at a time; send it again later');
    const opened = transaction === null ? unremembered(fingerprint) : this.#memory.open(key, acts, fingerprint);
    if (opened === null) return fail('busy', 'too many commands in a minute; send it again later');
    opened.listeners.push(incoming.answer);
    if (acts) this.#parts.log.info({ verb, transaction, way: incoming.way }, 'command');
    void this.#run(envelope, read.args, key, opened);
    return null;
  }

  #isLate({ sentMs }: Envelope): boolean {
    return sentMs !== null && this.#parts.isClockTrusted() && this.#parts.clock.wallMs() - sentMs > ACTING_TTL_MS;
  }

  async #run({ verb, transaction }: Envelope, args: unknown, key: string, opened: Transaction): Promise<void> {
    const say = (ack: Ack): void => {
      if (opened.last !== null && isFinal(opened.last)) return;
      opened.last = ack;
      for (const listener of opened.listeners) listener(ack);
      if (isFinal(ack)) opened.listeners.length = 0;
    };
    const about = { ...NO_MORE, verb, transaction };
    const fail = failing(verb, transaction);
    this.#running++;
    if (VERBS[verb].acts) say({ ...about, state: 'accepted' });
    let deadline: NodeJS.Timeout | undefined;
    try {
      const handler = this.#parts.handlers[verb] as AnyHandler;
      const asked = { key, transaction: transaction ?? '', fingerprint: opened.fingerprint };
      const work = handler(args, (text) => say({ ...about, state: 'progress', progress: text }), asked);
      const tooLate = new Promise<never>((_, reject) => {
        deadline = setTimeout(() => reject(new TooLate()), HANDLER_DEADLINE_MS);
      });
      // What is there at once is answered at once: whoever asked may hang up right behind the question.
      const result = (work instanceof Promise ? await Promise.race([work, tooLate]) : work) as Ack['result'];
      const size = Buffer.byteLength(JSON.stringify(result));
      if (size > MAX_RESULT_BYTES) say(fail('answer-too-large', `the answer has ${size} bytes`));
      else say({ ...about, state: 'done', result });
    } catch (thrown) {
      say(this.#failureOf(thrown, verb, fail));
    } finally {
      clearTimeout(deadline);
      this.#running--;
    }
  }

  #failureOf(thrown: unknown, verb: Verb, fail: ReturnType<typeof failing>): Ack {
    if (thrown instanceof TooLate) {
      return fail('timeout', `not done after ${HANDLER_DEADLINE_MS / 1000} s; it may still come into force`);
    }
    if (thrown instanceof EdgeError && thrown.family !== 'bug') return fail(thrown.code, thrown.message);
    this.#parts.log.error({ verb, err: thrown }, 'a command failed by a bug');
    return fail('bug', 'a bug of the daemon; its log says more');
  }
}

type AnyHandler = (args: unknown, progress: (text: string) => void, asked: Asked) => unknown;

class TooLate extends Error {}

const failing =
  (verb: Verb, transaction: string | null) =>
  (code: string, reason: string): Ack => ({ ...NO_MORE, verb, transaction, state: 'failed', code, reason });

/** Asked again: the newest answer at once, and those to come. */
function replay(known: Transaction, { answer }: Incoming): void {
  if (known.last !== null) answer(known.last);
  const isOver = known.last !== null && isFinal(known.last);
  if (!isOver && !known.listeners.includes(answer) && known.listeners.length < MOST_LISTENERS) {
    known.listeners.push(answer);
  }
}

const unremembered = (fingerprint: string): Transaction => ({
  fingerprint,
  acts: false,
  openedNs: msToNs(0),
  last: null,
  listeners: [],
});
