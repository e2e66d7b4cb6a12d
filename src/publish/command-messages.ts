import { z } from 'zod';
import { header, text } from './parts.js';

/** What others say to the daemon, and its answers. */
const verb = z.string().regex(/^[a-z]+(\.[a-z]+)?$/);
const transaction = z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/);

export const commandSchema = z
  .looseObject({
    transaction: transaction.nullable().optional().describe('named by the sender; needed where the verb acts'),
    timestamp: z.iso.datetime({ offset: true }).nullable().optional().describe('when it was sent'),
  })
  .describe('what somebody wants of the device; what each verb takes besides is in docs/topics.md');

export const ackSchema = z
  .strictObject({
    ...header,
    verb: verb.describe('unknown: there is no such verb'),
    transaction: transaction.nullable().describe('as in the command; null: it had none that could be read'),
    state: z.enum(['accepted', 'progress', 'done', 'failed', 'expired']),
    code: text.nullable().describe('of failed and expired, for programs'),
    reason: text.nullable().describe('the same for people'),
    progress: text.nullable(),
    result: z.record(z.string(), z.unknown()).nullable().describe('what done brings'),
  })
  .describe('how far a command is; done, failed and expired are final');
