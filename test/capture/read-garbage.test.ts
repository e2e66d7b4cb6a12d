import { expect, it } from 'vitest';
import { countRead } from '../../src/capture/read-garbage.js';

const CHUNK_BYTES = 64 * 1024;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('keeps what streams leave behind small', async () => {
  let most = 0;
  const before = process.memoryUsage().arrayBuffers;
  for (let read = 0; read < 200 * 1024 * 1024; read += CHUNK_BYTES) {
    countRead(Buffer.allocUnsafeSlow(CHUNK_BYTES).length);
    if (read % (1024 * 1024) === 0) await turn();
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(most).toBeLessThan(8 * 1024 * 1024);
});
