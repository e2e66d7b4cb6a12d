/** What a service manager may act on; names and numbers of sysexits(3). docs/configuration.md tells them. */
export const EXIT_OK = 0;
/** A model, device or program is not as it must be. */
export const EXIT_FAILED = 1;
/** EX_SOFTWARE: a bug. */
export const EXIT_BUG = 70;
/** EX_TEMPFAIL: nothing is wrong; a service manager that restarts what failed starts it again. */
export const EXIT_RESTART = 75;
/** EX_CONFIG: starting again would not mend it. */
export const EXIT_CONFIG = 78;
