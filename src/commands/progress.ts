/** Where progress is shown: standard error, so that the report on standard output stays clean. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  advanced(): void;
  /** Leaves the line. */
  done(): void;
}

const BAR_WIDTH = 30;
const REDRAW_MS = 100;

/** On a terminal a bar that is redrawn ten times a second at most; elsewhere a line each ten percent. */
export function createProgress(
  what: string,
  total: number,
  stream: ProgressStream = process.stderr,
  nowMs: () => number = () => performance.now(),
): Progress {
  const beganMs = nowMs();
  let [count, drawnMs, tenths] = [0, Number.NEGATIVE_INFINITY, 0];
  const left = (): string => `${Math.ceil(((nowMs() - beganMs) / 1000 / count) * (total - count))} s left`;
  const draw = (): void => {
    const filled = Math.floor((BAR_WIDTH * count) / total);
    const bar = '#'.repeat(filled).padEnd(BAR_WIDTH);
    stream.write(`\r${what} [${bar}] ${count}/${total}, ${left()}\x1b[K`);
  };
  return {
    advanced() {
      count++;
      if (stream.isTTY === true) {
        if (nowMs() - drawnMs < REDRAW_MS) return;
        drawnMs = nowMs();
        draw();
      } else if (Math.floor((10 * count) / total) > tenths) {
        tenths = Math.floor((10 * count) / total);
        stream.write(`${what}: ${Math.floor((100 * count) / total)} %, ${count} of ${total}, ${left()}\n`);
      }
    },
    done() {
      if (stream.isTTY === true) stream.write('\r\x1b[K');
    },
  };
}
