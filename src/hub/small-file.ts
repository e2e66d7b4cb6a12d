import { modelError } from '../errors.js';
import type { HubAnswer, HubClient } from './client.js';
import { refuseBusy } from './refusals.js';

const BYTES_AT_MOST = 4 * 2 ** 20;

/** A whole answer as text. Throws `hub-unreachable`, `hub-busy`, `hub-incomplete`, `hub-corrupt`. */
export async function getText(
  client: HubClient,
  path: string,
  stallMs: number,
): Promise<{ answer: HubAnswer; text: string }> {
  const answer = await client.get(path, {}, AbortSignal.timeout(stallMs));
  await refuseBusy(answer.response, path);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer.response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > BYTES_AT_MOST) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw modelError('hub-incomplete', `${path}: the connection broke after ${bytes} bytes`, { path, bytes }, cause);
  }
  if (bytes > BYTES_AT_MOST)
    throw modelError('hub-corrupt', `${path} has more than ${BYTES_AT_MOST} bytes, which such a file never has`, {
      path,
    });
  return { answer, text: Buffer.concat(chunks).toString('utf8') };
}
