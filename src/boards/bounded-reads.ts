/** Thrown for a read that did not answer, or was not tried because those before it still do not. */
export class BlockedError extends Error {
  constructor(path: string) {
    super(`${path} does not answer`);
    this.name = 'BlockedError';
  }
}

export interface BoundedReads {
  /** `group` is what hangs together: the folder of a device. */
  run<T>(group: string, read: () => Promise<T>): Promise<T>;
}

/**
 * A read that hangs in the kernel (a stuck I2C bus) holds one of Node's four file threads until it returns, and can't be
 * called off; were all four held, the daemon could not open a file or find a host any more. So reads go one after the
 * other, one that misses its deadline is left behind, and its device is not asked again before it answered. When two are
 * left behind, everything is refused until one comes back.
 */
const MOST_LEFT_BEHIND = 2;

export function createBoundedReads(deadlineMs: number): BoundedReads {
  const queue: Array<() => void> = [];
  const leftBehind = new Set<string>();
  let isBusy = false;

  function next(): void {
    const first = queue.shift();
    if (first === undefined) isBusy = false;
    else first();
  }

  return {
    async run(group, read) {
      if (isBusy) await new Promise<void>((resolve) => queue.push(resolve));
      isBusy = true;
      if (leftBehind.has(group) || leftBehind.size >= MOST_LEFT_BEHIND) {
        next();
        throw new BlockedError(group);
      }
      return await new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          leftBehind.add(group);
          reject(new BlockedError(group));
          next();
        }, deadlineMs);
        void read()
          .then(resolve, reject)
          .finally(() => {
            clearTimeout(timer);
            if (!leftBehind.delete(group)) next();
          });
      });
    },
  };
}
