import { configurationError } from '../errors.js';

/** A model on a Hugging Face-compatible host. */
export interface HubReference {
  readonly owner: string;
  readonly name: string;
  /** A commit, branch or tag. */
  readonly revision: string;
}

const SCHEME = 'hf:';
const DEFAULT_REVISION = 'main';
const PART = String.raw`[A-Za-z0-9](?:[\w.-]{0,94}[\w-])?`;

export const isHubReference = (text: string): boolean => text.startsWith(SCHEME);

/** Whether a revision names one state of a repository for good. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** `hf:OWNER/NAME@REVISION`; without a revision, the branch `main`. Throws `hub-reference-invalid`. */
export function parseHubReference(text: string): HubReference {
  const match = new RegExp(`^${SCHEME}(${PART})/(${PART})(?:@([\\w][\\w./-]{0,199}))?$`).exec(text);
  const [, owner, name, revision = DEFAULT_REVISION] = match ?? [];
  if (owner !== undefined && name !== undefined && !revision.includes('..')) return { owner, name, revision };
  throw configurationError(
    'hub-reference-invalid',
    `"${text}": expected hf:OWNER/NAME@REVISION, such as hf:timm/edgenext_xx_small.in1k@main`,
    { reference: text },
  );
}
