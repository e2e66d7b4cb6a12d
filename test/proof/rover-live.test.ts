import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { subscribe } from '../../deploy/demo/subscriber.js';
import type { WorldReport } from '../../deploy/demo/world.js';
import { startDemo } from '../demo/demo-process.js';

const temporary = mkdtempSync(join(tmpdir(), 'rover-live-'));
afterAll(() => rmSync(temporary, { recursive: true, maxRetries: 5 }));

it('the rover drives a lap in real time through the broker without leaving the lane', async () => {
  const demo = startDemo(['--port', '0', '--seed', '1000000'], temporary);
  await demo.heard(/-p \d+/);
  const port = /-p (\d+)/.exec(demo.said())?.[1];
  let world: WorldReport | null = null;
  const client = subscribe(`mqtt://127.0.0.1:${port}`, ['rover/state'], (_, message) => {
    world = message as WorldReport;
  });
  await vi.waitFor(() => expect(world?.laps).toBeGreaterThanOrEqual(1), { timeout: 120_000, interval: 250 });
  expect(world).toMatchObject({ laneLeft: 0, rescues: 0 });
  client.end(true);
  demo.child.kill('SIGINT');
  expect(await once(demo.child, 'exit')).toEqual([0, null]);
});
