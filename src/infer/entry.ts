/** The runner process as built, beside this file. Tests that run from the sources name the built one. */
export const runnerEntry: URL = new URL('./runner-process.js', import.meta.url);
