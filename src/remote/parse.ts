import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Incoming } from './command.js';
import { isVerb, VERBS, type Verb } from './verbs.js';

/** A larger command is refused unread. */
export const MAX_COMMAND_BYTES = 16 * 1024;
const MAX_DEPTH = 16;
const SHOWN_VERB = 40;

/** The command's frame: everything but what its verb takes. */
export interface Envelope {
  readonly verb: Verb;
  readonly transaction: string | null;
  /** When it was sent, by the sender's clock. */
  readonly sentMs: number | null;
  readonly rest: Readonly<Record<string, unknown>>;
}

export interface Refusal {
  readonly verb: Verb | 'unknown';
  readonly transaction: string | null;
  readonly code: string;
  readonly reason: string;
}

const transactionSchema = z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/);
const timestampSchema = z.iso.datetime({ offset: true });
/** Of the header that all messages share: taken and not looked at. */
const IGNORED = ['headerId', 'version', 'manufacturer', 'serialNumber'];

/** Never throws, whatever the bytes. */
export function readEnvelope({ verb: fromTopic, payload }: Incoming): Envelope | Refusal {
  const known = fromTopic !== null && isVerb(fromTopic) ? fromTopic : 'unknown';
  const refuse = (code: string, reason: string): Refusal => ({ verb: known, transaction: null, code, reason });
  if (payload.byteLength > MAX_COMMAND_BYTES) return refuse('too-large', `more than ${MAX_COMMAND_BYTES} bytes`);
  const body = fromTopic !== null && payload.byteLength === 0 ? {} : parseObject(payload);
  if (typeof body === 'string') return refuse('bad-payload', body);
  const { cmd, transaction, timestamp, ...others } = body;
  const rest = Object.fromEntries(Object.entries(others).filter(([key]) => !IGNORED.includes(key)));

  const readTransaction = transactionSchema.nullable().safeParse(transaction ?? null);
  const answering = { verb: known, transaction: readTransaction.data ?? null } as const;
  const verb = fromTopic ?? cmd;
  if (typeof verb !== 'string') return { ...answering, code: 'bad-payload', reason: 'cmd must name the verb, as text' };
  if (!isVerb(verb)) {
    const shown = JSON.stringify(verb.slice(0, SHOWN_VERB));
    return {
      ...answering,
      verb: 'unknown',
      code: 'unknown-verb',
      reason: `there is no ${shown}; the verbs are ${Object.keys(VERBS).join(', ')}`,
    };
  }
  if (!readTransaction.success) {
    const reason = 'transaction must be 1 to 64 letters, digits, "_", ".", ":" and "-"';
    return { verb, transaction: null, code: 'bad-payload', reason };
  }
  const readTimestamp = timestampSchema.nullable().safeParse(timestamp ?? null);
  if (!readTimestamp.success) {
    const reason = 'timestamp must be a time such as 2026-11-24T08:41:07.512Z';
    return { ...answering, verb, code: 'bad-payload', reason };
  }
  if (cmd !== undefined && cmd !== verb) {
    return { ...answering, verb, code: 'bad-payload', reason: 'cmd and the topic name different verbs' };
  }
  const sentMs = readTimestamp.data === null ? null : Date.parse(readTimestamp.data);
  return { verb, transaction: readTransaction.data, sentMs, rest };
}

/** What the verb takes, or what is wrong with it, for people. */
export function readArgs({ verb, rest }: Envelope): { readonly args: unknown } | { readonly wrong: string } {
  const read = VERBS[verb].args.safeParse(rest);
  if (read.success) return { args: read.data };
  const issues = read.error.issues.slice(0, 5).map(({ path, message }) => [...path, message].join(': '));
  return { wrong: issues.join('; ').slice(0, 500) };
}

/** The same for commands that ask for the same, in whatever order their fields are. */
export function fingerprintOf({ verb, rest }: Envelope): string {
  return createHash('sha256')
    .update(JSON.stringify([verb, sorted(rest)]))
    .digest('base64');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => [key, sorted(each)]);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The object, or what is wrong. */
function parseObject(payload: Uint8Array): Readonly<Record<string, unknown>> | string {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(payload));
  } catch {
    return 'not a JSON object in UTF-8';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  return isTooDeep(value) ? `nested deeper than ${MAX_DEPTH}` : (value as Record<string, unknown>);
}

/** Level by level and not by recursion: 16 KB nest deeper than a stack should. */
function isTooDeep(value: object): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}
