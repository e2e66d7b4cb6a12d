import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAIN, MODELS } from '../harness/daemon.js';

/** The bundled object model, compiled for another input size into a temporary package. */
export function buildObjects(size: number): { folder: string; dispose(): void } {
  const parent = mkdtempSync(join(tmpdir(), 'edgenextd-bench-'));
  const folder = join(parent, 'package');
  const objects = join(MODELS, 'objects');
  const command = [
    MAIN,
    'model',
    'build',
    join(objects, 'checkpoint.safetensors'),
    ...['--size', String(size), '--labels', join(objects, 'labels.txt'), '--name', 'objects', '--version', '1.0.0'],
    // Squash: a frame of the model's size is the input as it is, as a camera that scales would give it.
    ...['--fit', 'squash', '--golden', join(objects, 'golden'), '--out', folder],
  ];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the package could not be built: ${stderr}`);
  return { folder, dispose: () => rmSync(parent, { recursive: true, force: true }) };
}

/** Pixels that look like nothing, always the same. */
export function noise(bytes: number, seed: number): Uint8Array {
  const pixels = new Uint8Array(bytes);
  let state = seed;
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    pixels[i] = state >>> 24;
  }
  return pixels;
}
