import { setTimeout as pause } from 'node:timers/promises';

/** Polls until the condition holds; fails with the message after the deadline. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  message: () => string = () => 'the condition never held',
  deadlineMs = 10_000,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(message());
    await pause(10);
  }
}
