/** Tries after a delay until it succeeds or is cancelled; `failed` hears of each failure and says how long to wait. */
export async function keepTrying(
  attempt: () => Promise<void>,
  firstDelayMs: number,
  failed: (thrown: unknown) => number,
  cancelled: AbortSignal,
): Promise<void> {
  let delayMs = firstDelayMs;
  for (;;) {
    await pause(delayMs, cancelled);
    if (cancelled.aborted) return;
    try {
      await attempt();
      return;
    } catch (thrown) {
      if (cancelled.aborted) return;
      delayMs = failed(thrown);
    }
  }
}

/** Resolves early when cancelled. */
function pause(delayMs: number, cancelled: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      cancelled.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    cancelled.addEventListener('abort', done);
    if (cancelled.aborted) done();
  });
}
