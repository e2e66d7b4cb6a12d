import { resolve } from 'node:path';

/** The folder of real footage, photographs and weights that is not part of the repository: beside its root, where tests run. */
export const SHARED_FOLDER = process.env.EDGENEXTD_SHARED ?? resolve('../shared');
