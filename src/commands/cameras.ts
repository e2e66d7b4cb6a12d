import { listCameras } from '../capture/stills.js';
import { EXIT_OK } from './exit-codes.js';

/** `edgenextd cameras`: what libcamera knows on this board, and the URL for each. */
export async function cameras(write: (text: string) => void): Promise<number> {
  const found = await listCameras(process.env.PATH ?? '');
  if (found.length === 0) write('libcamera knows no camera here\n');
  for (const { number, model, width, height, id } of found) {
    write(`rpicam:${number}  ${model}, ${width}x${height}, ${id}\n`);
  }
  return EXIT_OK;
}
