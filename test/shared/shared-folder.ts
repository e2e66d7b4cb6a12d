import { fileURLToPath } from 'node:url';

/** The folder of real footage, photographs and weights that is not part of the repository. */
export const SHARED_FOLDER =
  process.env.EDGENEXTD_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));
