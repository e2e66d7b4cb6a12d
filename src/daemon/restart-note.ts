import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../atomic-file.js';
import { FORGET_TRANSACTION_MS } from '../remote/transactions.js';
import type { Asked } from '../remote/verbs.js';

/** A command to restart, over the restart: who sends it again, having heard no answer, must not cause another one. */
const noteFile = (stateDir: string): string => join(stateDir, 'restarted-by.json');

const noteSchema = z.strictObject({
  key: z.string(),
  transaction: z.string(),
  fingerprint: z.string(),
  atMs: z.number(),
});

/** Rejects with the system's error. */
export async function writeRestartNote(stateDir: string, asked: Asked, atMs: number): Promise<void> {
  await writeFileAtomic(noteFile(stateDir), JSON.stringify({ ...asked, atMs }), 0o600);
}

/** null: there was none, or not lately. Takes the note away. */
export function takeRestartNote(stateDir: string, nowMs: number): Asked | null {
  let text: string;
  try {
    text = readFileSync(noteFile(stateDir), 'utf8');
  } catch {
    return null;
  }
  void rm(noteFile(stateDir), { force: true }).catch(() => undefined);
  const read = noteSchema.safeParse(parsed(text));
  if (!read.success) return null;
  const { atMs, ...asked } = read.data;
  return Math.abs(nowMs - atMs) < FORGET_TRANSACTION_MS ? asked : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
