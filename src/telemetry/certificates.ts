import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { inTime, type Missing, missing } from './figures.js';

export interface CertificateFile {
  /** What it is for: `ca`, `cert`. */
  readonly certificate: string;
  readonly path: string;
}

export interface CertificateExpiry {
  readonly certificate: string;
  /** UTC in milliseconds; of several in one file the first that ends. */
  readonly expiresMs: number | Missing;
}

interface Kept {
  readonly changedMs: number;
  readonly expiresMs: number | Missing;
}

/** When certificates end. A file is read again when it has changed. */
export function createCertificates(files: readonly CertificateFile[]): () => Promise<readonly CertificateExpiry[]> {
  const kept = new Map<string, Kept>();

  const expiryOf = async (path: string): Promise<number | Missing> => {
    const { mtimeMs } = await stat(path);
    const known = kept.get(path);
    if (known?.changedMs === mtimeMs) return known.expiresMs;
    const expiresMs = firstEnd(await readFile(path, 'utf8'));
    kept.set(path, { changedMs: mtimeMs, expiresMs });
    return expiresMs;
  };

  return () =>
    Promise.all(files.map(async ({ certificate, path }) => ({ certificate, expiresMs: await inTime(expiryOf(path)) })));
}

function firstEnd(pem: string): number | Missing {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const ends = blocks.map((block) => Date.parse(new X509Certificate(block).validTo));
  return ends.length === 0 ? missing('unreadable') : Math.min(...ends);
}
