import { configurationError, type EdgeError, modelError } from '../errors.js';
import type { HubReference } from './reference.js';

/** What the hub's status and X-Error-Code mean for who asked (huggingface_hub, utils/_http.py). */
export function refusalOf(response: Response, { owner, name, revision }: HubReference, path: string): EdgeError {
  const code = response.headers.get('x-error-code') ?? '';
  const facts = { repository: `${owner}/${name}`, revision, path, status: response.status, code };
  const repository = `hf:${owner}/${name}`;
  if (response.status === 403 || code === 'GatedRepo')
    return configurationError(
      'hub-forbidden',
      `${repository} is not open to this account: accept its terms on its page, and set HF_TOKEN to a token that may read it`,
      facts,
    );
  if (response.status === 401 || code === 'RepoNotFound')
    return configurationError(
      'hub-not-found',
      `${repository} does not exist, or is private: check the name, and set HF_TOKEN for a private one`,
      facts,
    );
  if (code === 'RevisionNotFound')
    return configurationError('hub-not-found', `${repository} has no revision ${revision}`, facts);
  if (response.status === 404)
    return configurationError('hub-not-found', `${repository}@${revision} has no ${path}`, facts);
  return modelError(
    'hub-refused',
    `the host of ${repository} answers ${response.status} for ${path}; try again later`,
    facts,
  );
}

/** Throws `hub-busy` for statuses that another attempt may change. */
export async function refuseBusy(response: Response, path: string): Promise<void> {
  const { status } = response;
  if (status !== 408 && status !== 429 && status < 500) return;
  await response.body?.cancel();
  throw modelError('hub-busy', `the host answers ${status} for ${path}; try again later`, { path, status });
}

/** A file that is not there, while the repository and the revision are. */
export function isAbsentFile(response: Response): boolean {
  return response.status === 404 && ['', 'EntryNotFound'].includes(response.headers.get('x-error-code') ?? '');
}
