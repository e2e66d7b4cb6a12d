import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the next download does instead of answering in full. */
type Mishap =
  /** Sends so many bytes, and is cut off by `cut`. */
  { readonly cutAfter: number } | { readonly status: number } | { readonly hang: true } | { readonly wrongBytes: true };

interface Seen {
  readonly host: 'hub' | 'store';
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
  readonly status: number;
}

export interface HubServer {
  readonly endpoint: string;
  readonly store: string;
  readonly seen: readonly Seen[];
  /** Files of `timm/net`. Large ones (weights) lie in the store, another host. */
  readonly files: Map<string, Buffer>;
  readonly mishaps: Mishap[];
  /** Leaves out X-Repo-Commit and X-Linked-Etag, as some mirrors do; the ETag is the sha-256 then. */
  isMirror: boolean;
  /** Behind which the repository is private. */
  token: string | null;
  redirectTo: string | null;
  /** Breaks the connections that have sent what they may. */
  cut(): void;
  close(): Promise<void>;
}

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/**
 * Behaves as huggingface.co does: branches become commits in X-Repo-Commit; small files go by a relative 307 on the same
 * host, large ones by a 302 with X-Linked-Etag to a signed address on another; ranges; 401 for what is private or absent.
 */
export async function startHub(): Promise<HubServer> {
  const seen: Seen[] = [];
  const settings = { isMirror: false, token: null as string | null, redirectTo: null as string | null };
  const files = new Map<string, Buffer>();
  const mishaps: Mishap[] = [];
  const stopped = new Set<ServerResponse>();

  const store = createServer((request, response) => {
    const mishap = mishaps.shift();
    if (mishap && 'cutAfter' in mishap) stopped.add(response);
    respondWithFile(request, response, files.get(pathOf(request).split('/').at(-1) ?? ''), mishap);
  });
  const hub = createServer((request, response) => {
    const path = pathOf(request);
    const fail = (status: number, code: string) => response.writeHead(status, { 'x-error-code': code }).end('no');
    if (settings.token !== null && request.headers.authorization !== `Bearer ${settings.token}`)
      return fail(401, 'RepoNotFound');
    const api = /^\/api\/models\/timm\/net\/revision\/(main|v1)$/.exec(path);
    if (api) return response.writeHead(200).end(JSON.stringify({ id: 'timm/net', sha: COMMIT, siblings: [] }));
    const cached = /^\/api\/resolve-cache\/(.+)$/.exec(path)?.[1];
    if (cached !== undefined) return respondWithFile(request, response, files.get(cached), undefined);
    const [, repository, revision, file = ''] = /^\/(\w+\/\w+)\/resolve\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (repository === 'timm/gated') return fail(403, 'GatedRepo');
    if (repository !== 'timm/net') return fail(401, 'RepoNotFound');
    if (!['main', 'v1', COMMIT].includes(revision ?? '')) return fail(404, 'RevisionNotFound');
    if (!settings.isMirror) response.setHeader('x-repo-commit', COMMIT);
    const content = files.get(file);
    if (!content) return fail(404, 'EntryNotFound');
    if (file.endsWith('.json')) return response.writeHead(307, { location: `/api/resolve-cache/${file}` }).end();
    const sha256 = createHash('sha256').update(content).digest('hex');
    response.setHeader(settings.isMirror ? 'etag' : 'x-linked-etag', `"${sha256}"`);
    if (!settings.isMirror) response.setHeader('x-linked-size', content.length);
    const location = settings.redirectTo ?? `${addressOf(store)}/${file}?X-Signature=secret`;
    return response.writeHead(302, { location }).end();
  });

  for (const [host, server] of [['hub', hub] as const, ['store', store] as const]) {
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      response.on('close', () => {
        const { authorization, range } = request.headers;
        seen.push({ host, path: pathOf(request), authorization, range, status: response.statusCode });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }

  return Object.assign(settings, {
    ...{ endpoint: addressOf(hub), store: addressOf(store), seen, files, mishaps },
    cut() {
      for (const response of stopped) response.destroy();
      stopped.clear();
    },
    async close() {
      for (const server of [hub, store]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  });
}

function respondWithFile(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer | undefined,
  mishap: Mishap | undefined,
): void {
  if (!content) return void response.writeHead(404).end();
  if (mishap && 'hang' in mishap) return;
  if (mishap && 'status' in mishap) return void response.writeHead(mishap.status).end('busy');
  const etag = `"${createHash('md5').update(content).digest('hex')}"`;
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const isRange = asked !== undefined && request.headers['if-range'] === etag;
  const start = isRange ? Number(asked) : 0;
  const body = mishap && 'wrongBytes' in mishap ? Buffer.alloc(content.length) : content.subarray(start);
  response.writeHead(isRange ? 206 : 200, {
    etag,
    'content-length': body.length,
    ...(isRange && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
  });
  if (mishap && 'cutAfter' in mishap) return void response.write(body.subarray(0, mishap.cutAfter));
  response.end(body);
}

const pathOf = (request: IncomingMessage): string => new URL(request.url ?? '/', 'http://host').pathname;
const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
