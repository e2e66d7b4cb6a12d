import { describe, expect, it, vi } from 'vitest';
import { createBackoff } from '../../src/backoff.js';
import { configSchema } from '../../src/config/schema.js';
import { ModelHost } from '../../src/daemon/model-host.js';
import { FakeSlot } from '../fakes/slot.js';
import { MODELS } from '../harness/daemon.js';

describe('the host of a model', () => {
  it('opens nothing once the daemon stops, although the package was being read', async () => {
    const { slots } = configSchema.parse({ version: 1, slots: { main: { package: `${MODELS}/objects/package` } } });
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
