import { configurationError, type EdgeError, modelError } from '../errors.js';

/** An answer after redirects, with what the hub itself said on the way to it. */
export interface HubAnswer {
  readonly response: Response;
  /** X-Repo-Commit: the commit that a revision stands for. */
  readonly commit: string | null;
  /** X-Linked-Etag of a large file: the sha-256 of its content; null where the host doesn't say it. */
  readonly sha256: string | null;
  /** X-Linked-Size of a large file. */
  readonly sizeBytes: number | null;
}

export interface HubClient {
  /** `path` is relative to the endpoint. Rejects with `hub-unreachable` or `hub-redirect`; any HTTP status is an answer. */
  get(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HubAnswer>;
}

const REDIRECTS_AT_MOST = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const DEFAULT_ENDPOINT = 'https://huggingface.co';

/**
 * The endpoint is HF_ENDPOINT, the token HF_TOKEN. The token goes to the endpoint's own origin and nowhere else: large
 * files are redirected to other hosts. It is in no message. Throws `hub-settings-invalid`.
 */
export function createHubClient(env: Readonly<Record<string, string | undefined>>): HubClient {
  const endpoint = parseEndpoint(env.HF_ENDPOINT || DEFAULT_ENDPOINT);
  const token = (env.HF_TOKEN ?? '').trim();
  // fetch would refuse it with a message that quotes it.
  if (!/^[\x21-\x7e]*$/.test(token))
    throw configurationError(
      'hub-settings-invalid',
      'HF_TOKEN holds characters that a token never has; set it again',
      {},
    );

  return {
    async get(path, headers, signal) {
      let url = new URL(path, endpoint);
      let commit: string | null = null;
      let sha256: string | null = null;
      let linkedSize: string | null = null;
      for (let hop = 0; hop <= REDIRECTS_AT_MOST; hop++) {
        const isHub = url.origin === endpoint.origin;
        const authorization = isHub && token !== '' ? { authorization: `Bearer ${token}` } : {};
        const response = await fetch(url, {
          redirect: 'manual',
          // Ranges and lengths are those of the file, not of a compressed form of it.
          headers: { 'accept-encoding': 'identity', 'user-agent': 'edgenextd', ...headers, ...authorization },
          signal,
        }).catch((cause) => {
          throw unreachable(url, cause);
        });
        if (isHub) {
          commit ??= response.headers.get('x-repo-commit');
          // Without the header of its own, the ETag of a large file is its sha-256, that of a small one is git's sha-1.
          sha256 ??= sha256Of(response.headers.get('x-linked-etag')) ?? sha256Of(response.headers.get('etag'));
          linkedSize ??= response.headers.get('x-linked-size');
        }
        const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
        if (location === null) return { response, commit, sha256, sizeBytes: sizeOf(linkedSize) };
        await response.body?.cancel();
        url = nextUrl(location, url);
      }
      throw modelError('hub-redirect', `${endpoint.host} redirects more than ${REDIRECTS_AT_MOST} times`, {});
    },
  };
}

function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text.endsWith('/') ? text : `${text}/`) : null;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw configurationError(
    'hub-settings-invalid',
    'HF_ENDPOINT: expected the address of a host such as https://hub.example, without a user or password in it',
    {},
  );
}

/** Addresses carry signatures in their query: messages name only hosts. */
function nextUrl(location: string, from: URL): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : null;
  const isSafe =
    next !== null && (next.protocol === 'https:' || (next.protocol === 'http:' && from.protocol === 'http:'));
  if (isSafe) return next;
  throw modelError(
    'hub-redirect',
    `${from.host} redirects to where no https leads: ${next?.protocol ?? 'no address'}`,
    {
      host: from.host,
    },
  );
}

/** What went wrong below HTTP, by its code where there is one. */
function unreachable(url: URL, thrown: unknown): EdgeError {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const reason = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
  return modelError('hub-unreachable', `${url.host} can't be reached: ${reason}`, { host: url.host, reason }, thrown);
}

const unquoted = (etag: string): string => etag.replace(/^W\//, '').replaceAll('"', '');
const sha256Of = (etag: string | null): string | null =>
  etag !== null && /^[0-9a-f]{64}$/.test(unquoted(etag)) ? unquoted(etag) : null;
const sizeOf = (header: string | null): number | null =>
  header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null;
