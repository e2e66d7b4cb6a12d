import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openBroker } from '../../deploy/demo/broker.js';
import { chooseScenario, makeFolder, readOptions } from '../../deploy/demo/scenario.js';

const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
const options = { camera: null, port: 0, seed: 1, seconds: null };

afterEach(() => vi.unstubAllEnvs());

describe('what stops the demo from starting, in one line each', () => {
  it.each([
    [['--port', 'x'], /--port takes a whole number from 0 to 65535, not "x"/],
    [['--seconds', '-1'], /--seconds/],
    [['--what'], /--what/],
  ])('options %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });

  it('a port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(openBroker(port)).rejects.toThrow(new RegExp(`port ${port} on 127.0.0.1 is taken.*--port`));
    other.close();
  });

  it('no folder to write to', () => {
    vi.stubEnv('TMPDIR', '/proc/nowhere');
    expect(makeFolder).toThrow(/no folder in \/proc\/nowhere.*TMPDIR/);
  });

  it('no ffmpeg for a camera that needs it', () => {
    vi.stubEnv('PATH', folder);
    expect(() => chooseScenario({ ...options, camera: 'v4l2:/dev/video0' }, folder)).toThrow(/ffmpeg.*apt-get/);
  });

  it('no camera', () => {
    const camera = 'v4l2:/dev/video-nowhere';
    expect(() => chooseScenario({ ...options, camera }, folder)).toThrow(/ffmpeg|\/dev\/video-nowhere is not there/);
    rmSync(folder, { recursive: true });
  });
});
