import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../fakes/eventually.js';
import { type DaemonOptions, type DaemonProcess, MODELS, startDaemon } from '../harness/daemon.js';

const config = {
  slots: { main: { package: join(MODELS, 'objects/package') } },
  cameras: { test: { source: 'synthetic:' } },
};
const running: DaemonProcess[] = [];

async function startUntil(said: string, options?: DaemonOptions): Promise<DaemonProcess> {
  const daemon = await startDaemon(config, options);
  running.push(daemon);
  await eventually(() => daemon.output().includes(said));
  return daemon;
}

afterEach(async () => {
  for (const daemon of running.splice(0)) await daemon.dispose();
});

describe('SIGTERM', () => {
  // The package is read after the first line, the runner starts after that, and frames come after the third.
  it.each(['"starting"', 'runner ready', 'network sees'])('ends it cleanly after it said %s', async (said) => {
    const daemon = await startUntil(said);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    expect(daemon.output()).toMatch(/"stopped"}\n$/);
  });

  it('ends it although something still holds the process', async () => {
    const hold = 'data:text/javascript,setInterval(() => undefined, 1000)';
    const daemon = await startUntil('network sees', { environment: { NODE_OPTIONS: `--import="${hold}"` } });
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  });
});
