import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, writeFileAtomic } from '../atomic-file.js';
import { configurationError, EdgeError, modelError } from '../errors.js';
import { type AttemptTools, withAttempts } from './attempts.js';
import type { HubAnswer } from './client.js';
import { refuseBusy } from './refusals.js';

export interface DownloadTools extends AttemptTools {
  /** An answer without a byte for this long is given up, and asked for again from where it stopped. */
  readonly stallMs: number;
  progress(receivedBytes: number, totalBytes: number | null): void;
}

type Ask = (headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<HubAnswer>;

/** The most that Node reads into one buffer. */
const BYTES_AT_MOST = 2 ** 31 - 1;

/**
 * Downloads into `target` what `ask` offers, which must be the same for ever (pinned by commit). What has arrived stays in
 * `target.part` when the connection breaks, and is asked for no second time, in this run or the next (Range with If-Range).
 * The file appears under its name when it is complete, is what the host's sha-256 says, and is on disk.
 * Returns the answer instead when the host refuses. Throws `hub-unreachable`, `hub-incomplete`, `hub-corrupt`.
 */
export async function download(ask: Ask, target: string, tools: DownloadTools): Promise<{ sha256: string } | Response> {
  await mkdir(dirname(target), { recursive: true }).catch(unwritable);
  return withAttempts(tools, () => attemptDownload(ask, target, tools));
}

async function attemptDownload(ask: Ask, target: string, tools: DownloadTools) {
  const part = `${target}.part`;
  const etagFile = `${part}.etag`;
  const etag = await readFile(etagFile, 'utf8').catch(() => '');
  const kept = etag === '' ? 0 : await sizeOf(part);
  const stall = createStall(tools.stallMs);
  try {
    const answer = await ask(kept > 0 ? { range: `bytes=${kept}-`, 'if-range': etag } : {}, stall.signal);
    const { response } = answer;
    if (await isThere(target, answer)) {
      await response.body?.cancel();
      return { sha256: await sha256OfFile(target) };
    }
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
    const isContinued = response.status === 206 && Number(range?.[1]) === kept && kept > 0;
    if (response.status === 416 || (response.status === 206 && !isContinued)) {
      await response.body?.cancel();
      await discard(part, etagFile);
      throw modelError('hub-changed', `the host has other bytes for ${target} than those that arrived before`, {
        kept,
      });
    }
    await refuseBusy(response, target);
    if (!response.ok) return response;

    const start = isContinued ? kept : 0;
    const claimed = isContinued ? Number(range?.[2]) : Number(response.headers.get('content-length') ?? Number.NaN);
    const total = answer.sizeBytes ?? (Number.isNaN(claimed) ? null : claimed);
    if (total !== null && total > BYTES_AT_MOST)
      throw modelError('hub-corrupt', `${target} would have ${total} bytes, more than a checkpoint has`, { total });
    if (!isContinued) {
      await discard(part, etagFile);
      await writeFileAtomic(etagFile, strongEtag(response));
    }
    const received = await receive(response, part, { start, total, stall, tools });
    if (total !== null && received < total)
      throw modelError('hub-incomplete', `${target}: ${received} of ${total} bytes arrived`, { received, total });
    return { sha256: await accept(part, target, etagFile, answer, received, total) };
  } finally {
    stall.end();
  }
}

async function receive(
  response: Response,
  part: string,
  { start, total, stall, tools }: { start: number; total: number | null; stall: Stall; tools: DownloadTools },
): Promise<number> {
  const file: FileHandle = await open(part, start > 0 ? 'a' : 'w').catch(unwritable);
  let received = start;
  try {
    tools.progress(received, total);
    for await (const chunk of response.body ?? []) {
      stall.reset();
      received += chunk.byteLength;
      // What is too long is corrupt: it is kept up to there, and refused by its size.
      if (received > (total ?? BYTES_AT_MOST)) break;
      await file.writeFile(chunk).catch(unwritable);
      tools.progress(received, total);
    }
  } catch (cause) {
    if (cause instanceof EdgeError) throw cause;
    throw modelError(
      'hub-incomplete',
      `${part}: the connection broke after ${received} bytes`,
      { received, total },
      cause,
    );
  } finally {
    await file.sync();
    await file.close();
  }
  return received;
}

async function accept(
  part: string,
  target: string,
  etagFile: string,
  { sha256 }: HubAnswer,
  received: number,
  total: number | null,
): Promise<string> {
  const digest = await sha256OfFile(part);
  const size = total === null || received === total;
  if (!size || (sha256 !== null && digest !== sha256)) {
    await discard(part, etagFile);
    throw modelError(
      'hub-corrupt',
      `${target}: the host promised ${total ?? 'some'} bytes with sha-256 ${sha256 ?? 'unsaid'}, and sent ${received} with ` +
        `${digest}; they were thrown away, try again or another HF_ENDPOINT`,
      { expected: sha256, received: digest },
    );
  }
  await rename(part, target);
  await rm(etagFile, { force: true });
  await syncFolder(dirname(target));
  return digest;
}

/** A file from an earlier run counts only if the host says what it must be. */
async function isThere(target: string, { sha256 }: HubAnswer): Promise<boolean> {
  return sha256 !== null && (await sizeOf(target)) > 0 && (await sha256OfFile(target)) === sha256;
}

/** Only a strong ETag vouches that the bytes are the same (RFC 9110, 13.1.5). */
function strongEtag(response: Response): string {
  const etag = response.headers.get('etag') ?? '';
  return etag.startsWith('"') ? etag : '';
}

interface Stall {
  readonly signal: AbortSignal;
  reset(): void;
  end(): void;
}

function createStall(stallMs: number): Stall {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`nothing arrived for ${stallMs / 1000} s`)), stallMs);
  return { signal: controller.signal, reset: () => void timer.refresh(), end: () => clearTimeout(timer) };
}

function unwritable(cause: unknown): never {
  throw configurationError('cache-unwritable', `downloads can't be kept: ${String(cause)}`, {}, cause);
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

async function discard(...files: readonly string[]): Promise<void> {
  for (const file of files) await rm(file, { force: true });
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
