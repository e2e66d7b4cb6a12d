import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MAIN, MODELS } from '../harness/daemon.js';

it('keeps onnxruntime from collecting anything: its telemetry would leave a log and a cache in TMPDIR', () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-telemetry-'));
  const objects = join(MODELS, 'objects');
  const golden = ['--golden', join(objects, 'golden'), '--labels', join(objects, 'labels.txt')];
  const out = mkdtempSync(join(tmpdir(), 'no-telemetry-out-'));
  const built = spawnSync(
    process.execPath,
    [
      MAIN,
      'model',
      'build',
      join(objects, 'checkpoint.safetensors'),
      '--size',
      '64',
      ...golden,
      '--out',
      join(out, 'p'),
    ],
    { env: { PATH: process.env.PATH, TMPDIR: folder } },
  );
  expect(built.stderr.toString()).toBe('');
  expect(built.status).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
  rmSync(out, { recursive: true });
});
