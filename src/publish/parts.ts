import { z } from 'zod';
import { FRAME_FATES } from '../frame.js';
import { IDENTITY_PATTERN, NAME_PATTERN } from './topics.js';

/** What several messages are made of. Times are UTC; a value that isn't known is null, never left out. */
export const name = z.string().regex(NAME_PATTERN);
const identity = z.string().regex(IDENTITY_PATTERN);
export const utc = z.iso.datetime({ precision: 3 }).describe('UTC, ISO 8601 with milliseconds');
export const probability = z.number().min(0).max(1);
const durationMs = z.number().min(0);
export const text = z.string().min(1);

/** Stands first in every message. */
export const header = {
  headerId: z.int().min(0).max(0xffff_ffff).describe('counts the messages of this topic since the daemon started'),
  timestamp: utc.describe('when the message was made'),
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/)
    .describe('version of this protocol'),
  manufacturer: identity,
  serialNumber: identity,
};

export const classScore = z.strictObject({ class_id: text, score: probability });

export const size = z.strictObject({ width: z.int().positive(), height: z.int().positive() });

export const model = z.strictObject({
  name: text,
  version: text,
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("sha-256 of the package's manifest"),
  rung: text,
  graph: text,
});

/** Which frame, and when it was taken. */
export const frameReference = {
  camera: name,
  region: name.nullable().describe('named part of the picture; null: the whole'),
  frameSeq: z.int().min(0),
  stamp: z
    .strictObject({ sec: z.int(), nanosec: z.int().min(0).max(999_999_999) })
    .describe('capture time, UTC; never after timestamp'),
  captureMonotonicNs: z
    .string()
    .regex(/^\d+$/)
    .describe('capture time on CLOCK_MONOTONIC of the boot bootId; decimal text, for it outgrows 2^53 after 104 days'),
  bootId: z.string().nullable(),
  clock: z.strictObject({
    source: z
      .enum(['sensor', 'producer', 'arrival'])
      .describe("the camera's own stamp, the frame's producer, or its first byte seen here"),
    synchronized: z.boolean().nullable().describe('whether UTC here follows a time server; null: unknown'),
  }),
};

export const durations = z.strictObject({
  waitMs: durationMs.describe('capture until the loop took the frame'),
  transferMs: durationMs.describe('to the runner and back, without its own work'),
  prepareMs: durationMs.describe('decode, crop and resize'),
  networkMs: durationMs,
  decodeMs: durationMs.describe('scores to decision'),
  totalMs: durationMs.describe('capture until the result was made'),
});

export const count = z.int().min(0);

/** How many frames ended in each way. */
export const fates = z.strictObject(
  Object.fromEntries(FRAME_FATES.map((fate) => [fate, count])) as Record<(typeof FRAME_FATES)[number], typeof count>,
);

export const level = z.enum(['WARNING', 'URGENT', 'CRITICAL', 'FATAL']);

/** A fact that goes with an error, in the shape of VDA 5050. */
export const reference = z.strictObject({ referenceKey: text, referenceValue: z.string() });

export const cameraState = z.enum(['starting', 'online', 'offline', 'ended', 'disabled']);
