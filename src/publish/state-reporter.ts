export interface StateReporterOptions {
  /** Collects and sends the state. */
  readonly send: () => void;
  /** At least this often. */
  readonly intervalMs: () => number;
  /** Changes within this time go out together. */
  readonly shortestMs: number;
}

export interface StateReporter {
  /** Something that stands in the state changed. */
  changed(): void;
  close(): void;
}

/** Sends the state at once, on every change (together when they come close), and at least every interval. */
export function createStateReporter({ send, intervalMs, shortestMs }: StateReporterOptions): StateReporter {
  let hasChanged = false;
  let isResting = false;
  let restTimer: NodeJS.Timeout | undefined;
  let intervalTimer: NodeJS.Timeout | undefined;

  const report = (): void => {
    hasChanged = false;
    isResting = true;
    clearTimeout(intervalTimer);
    intervalTimer = setTimeout(report, intervalMs());
    clearTimeout(restTimer);
    restTimer = setTimeout(rested, shortestMs);
    send();
  };
  const rested = (): void => {
    isResting = false;
    if (hasChanged) report();
  };
  report();

  return {
    changed() {
      hasChanged = true;
      if (!isResting) report();
    },
    close() {
      clearTimeout(restTimer);
      clearTimeout(intervalTimer);
    },
  };
}
