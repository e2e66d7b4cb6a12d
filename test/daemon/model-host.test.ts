import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createBackoff } from '../../src/backoff.js';
import { configSchema } from '../../src/config/schema.js';
import { ModelHost } from '../../src/daemon/model-host.js';
import { FakeSlot, fakeRunnerInfo } from '../fakes/slot.js';
import { MODELS } from '../harness/daemon.js';

const OBJECTS = `${MODELS}/objects/package`;

describe('the host of a model', () => {
  it('notices that the package on disk is another one when its runner is to be started again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'edgenextd-package-'));
    try {
      cpSync(OBJECTS, folder, { recursive: true });
      const { slots } = configSchema.parse({ version: 1, slots: { main: { package: folder } } });
      const slot = new FakeSlot();
      slot.replace = () => Promise.resolve({ info: fakeRunnerInfo, gapMs: null });
      const events = { opened: vi.fn(), loaded: vi.fn(), failed: vi.fn() };
      const host = new ModelHost(slot, slots.main!, events, createBackoff({ baseMs: 1, capMs: 1, random: () => 0 }));
      await host.load(new AbortController().signal);
      await host.checkUnchanged();
      await host.checkUnchanged();
      const manifest = join(folder, 'manifest.json');
      writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"release": 1', '"release": 2'));
      await expect(host.checkUnchanged()).rejects.toMatchObject({ family: 'model', code: 'package-changed' });
      rmSync(manifest);
      await expect(host.checkUnchanged()).rejects.toMatchObject({ code: 'package-missing' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('opens nothing once the daemon stops, although the package was being read', async () => {
    const { slots } = configSchema.parse({ version: 1, slots: { main: { package: OBJECTS } } });
    const events = { opened: vi.fn(), loaded: vi.fn(), failed: vi.fn() };
    const backoff = createBackoff({ baseMs: 1000, capMs: 1000, random: () => 0 });
    const host = new ModelHost(new FakeSlot(), slots.main!, events, backoff);
    const stopping = new AbortController();
    const loading = host.load(stopping.signal);
    stopping.abort();
    await loading;
    expect(events.opened).not.toHaveBeenCalled();
    expect(events.failed).not.toHaveBeenCalled();
    expect(host.model()).toBeNull();
  });
});
