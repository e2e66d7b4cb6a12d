import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './fakes/eventually.js';
import { freePort, startMosquitto } from './fakes/mosquitto.js';
import {
  type DaemonOptions,
  type DaemonProcess,
  type LocalMessage,
  MAIN,
  MODELS,
  startDaemon,
} from './harness/daemon.js';
import { descendantsOf, isAlive } from './harness/processes.js';
import { observe } from './publish/observer.js';

const objects = { package: join(MODELS, 'objects/package') };
const running: DaemonProcess[] = [];
let folder = '';
let clip = '';

async function start(config: object, options?: DaemonOptions): Promise<DaemonProcess> {
  const daemon = await startDaemon(config, options);
  running.push(daemon);
  return daemon;
}

/** The first message from the local socket that the test is after. */
async function first(daemon: DaemonProcess, wanted: (message: LocalMessage) => boolean): Promise<LocalMessage> {
  for await (const message of daemon.messages()) if (wanted(message)) return message;
  throw new Error(`the local socket closed first; the daemon said:\n${daemon.output()}`);
}

const isResultOf = (camera: string) => (message: LocalMessage) => message.topic === `result/${camera}`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgenextd-daemon-'));
  clip = join(folder, 'clip.mp4');
  const input = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=20', '-t', '2'];
  const encode = spawnSync('ffmpeg', ['-loglevel', 'error', ...input, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', clip]);
  expect(encode.stderr.toString()).toBe('');
});

afterEach(async () => {
  for (const daemon of running.splice(0)) await daemon.dispose();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the daemon, as its users see it', () => {
  it('shows an H.264 film to the network and says what it sees, on MQTT and on the local socket', async () => {
    const broker = await startMosquitto();
    const observer = await observe(broker.port, { protocolVersion: 5 });
    const daemon = await start({
      device: { manufacturer: 'acme', serial: 'r7' },
      mqtt: { url: `mqtt://127.0.0.1:${broker.port}` },
      slots: { main: objects },
      cameras: {
        film: { source: `video:${clip}?loop=1`, publish: { results: 'every', heartbeatS: null } },
        test: { source: 'synthetic:?fps=5', regions: { left: { x: 0, y: 0, width: 0.5, height: 1 } } },
      },
    });
    const local = await first(daemon, isResultOf('film'));
    const remote = await observer.until('result/film');
    for (const message of [local, remote.message]) {
      expect(message).toMatchObject({ manufacturer: 'acme', serialNumber: 'r7', camera: 'film', task: 'classify' });
      expect(message.model).toMatchObject({ name: 'objects', rung: 'xx_small-160', graph: 'float32' });
      expect(message.results).toHaveLength(5);
      const { sec, nanosec } = message.stamp as { sec: number; nanosec: number };
      expect(sec * 1000 + nanosec / 1e6).toBeLessThanOrEqual(Date.parse(message.timestamp as string) + 1);
    }
    await observer.until('connection', ({ message }) => message.connectionState === 'ONLINE');
    const { message: status } = await observer.until('status/film', ({ message }) => message.class_id !== null);
    expect(status).toMatchObject({ online: true, reason: null });
    await observer.until('event/film', ({ message }) => message.from === null);
    const isWhole = ({ message }: { message: { cameras: { camera: string; networkSees: number | null }[] } }) =>
      message.cameras.some(({ camera, networkSees }) => camera === 'film' && networkSees !== null);
    const { message: factsheet } = await observer.until('factsheet', isWhole);
    expect(factsheet.slots[0]).toMatchObject({ slot: 'main', providerActual: 'cpu', providersAsked: ['cpu'] });
    expect(factsheet.cameras.find(({ camera }: { camera: string }) => camera === 'film')).toMatchObject({
      source: 'video',
      networkSees: expect.closeTo(0.81 * 0.75, 1),
    });
    const region = await first(daemon, isResultOf('test'));
    expect(region.region).toBe('left');

    const children = descendantsOf(daemon.child.pid);
    expect(children.map(({ command }) => command).join('\n')).toMatch(
      /runner-process[\s\S]*ffmpeg|ffmpeg[\s\S]*runner-process/,
    );
    const stopped = await daemon.stop('SIGTERM');
    expect(stopped).toEqual({ code: 0, signal: null });
    await observer.until('connection', ({ message }) => message.connectionState === 'OFFLINE');
    expect(children.filter(({ pid }) => isAlive(pid))).toEqual([]);
    const last = observer.of('state').at(-1)?.message;
    expect(last.cameras[0].frames.done).toBeGreaterThan(0);
    expect(readdirSync(daemon.folder)).not.toContain('results.sock');
    await observer.close();
    await broker.stop();
  });

  it('works with no broker, no network and no DNS', async () => {
    const daemon = await start({
      mqtt: { url: 'mqtt://no-such-host.invalid' },
      slots: { main: objects },
      cameras: { test: { source: 'synthetic:' } },
    });
    await first(daemon, isResultOf('test'));
    const state = await first(daemon, ({ topic, errors }) => topic === 'state' && (errors as unknown[]).length > 0);
    expect(state.errors).toMatchObject([{ errorType: 'broker-offline', errorLevel: 'WARNING' }]);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  });

  it('outlives its runner, says so once, and sees again', async () => {
    const daemon = await start({ slots: { main: objects }, cameras: { test: { source: 'synthetic:' } } });
    await first(daemon, isResultOf('test'));
    const runner = descendantsOf(daemon.child.pid).find(({ command }) => command.includes('runner-process'));
    process.kill(runner?.pid ?? 0, 'SIGKILL');
    const alerts: LocalMessage[] = [];
    for await (const message of daemon.messages()) {
      if (message.topic === 'alert') alerts.push(message);
      if (alerts.length === 2) break;
    }
    expect(alerts).toMatchObject([
      { condition: 'runner-failing', level: 'CRITICAL', active: true },
      { condition: 'runner-failing', active: false },
    ]);
    expect(alerts[1]?.id).toBe(alerts[0]?.id);
    await first(daemon, isResultOf('test'));
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  });

  it('leaves no process behind when it is killed', async () => {
    const daemon = await start({
      slots: { main: objects },
      cameras: { film: { source: `video:${clip}?loop=1` } },
    });
    await first(daemon, isResultOf('film'));
    const children = descendantsOf(daemon.child.pid);
    expect(children.length).toBeGreaterThanOrEqual(2);
    await daemon.stop('SIGKILL');
    await eventually(
      () => children.every(({ pid }) => !isAlive(pid)),
      () => `still alive: ${JSON.stringify(children.filter(({ pid }) => isAlive(pid)))}`,
    );
  });

  it('goes on with the other cameras when one does not work', async () => {
    const daemon = await start({
      slots: { main: objects },
      cameras: { good: { source: 'synthetic:' }, bad: { source: `video:${folder}/no-such.mp4` } },
    });
    await first(daemon, isResultOf('good'));
    const status = await first(daemon, ({ topic, online }) => topic === 'status/bad' && online === false);
    expect(status.reason).toMatch(/no-such\.mp4/);
    await daemon.stop();
  });

  it('waits for a package that comes later, and says that it is missing', async () => {
    const later = join(folder, 'later');
    const daemon = await start({ slots: { main: { package: later } }, cameras: { test: { source: 'synthetic:' } } });
    const state = await first(daemon, ({ topic, errors }) => topic === 'state' && (errors as unknown[]).length > 0);
    expect(state.errors).toMatchObject([{ errorType: 'model-missing', errorLevel: 'CRITICAL' }]);
    spawnSync('cp', ['-r', objects.package, later]);
    await first(daemon, isResultOf('test'));
    await daemon.stop();
  });

  it('does not start twice on one socket', async () => {
    const daemon = await start({ slots: { main: objects } });
    await first(daemon, ({ topic }) => topic === 'state');
    const second = await start({ socket: { path: daemon.socketPath } });
    const ended = await second.stop('SIGCONT');
    expect(ended).toEqual({ code: 78, signal: null });
    expect(second.output()).toMatch(/another edgenextd listens on/);
    await daemon.stop();
  });
});

describe('a bad configuration', () => {
  const typo = { slots: { main: objects }, cameras: { test: { source: 'synthetic:', maxAgeMS: 5 } } };

  it('leaves health and MQTT up, and says so in state and as an alert', async () => {
    const broker = await startMosquitto();
    const observer = await observe(broker.port);
    const daemon = await start({ ...typo, mqtt: { url: `mqtt://127.0.0.1:${broker.port}` } });
    const { message: alert } = await observer.until('alert');
    expect(alert).toMatchObject({ condition: 'config-invalid', level: 'FATAL', active: true });
    expect(JSON.stringify(alert.references)).toMatch(/maxAgeMS/);
    const { message: state } = await observer.until('state');
    expect(state).toMatchObject({ mode: 'minimal', configProblems: 1, cameras: [] });
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    await observer.close();
    await broker.stop();
  });

  it('falls back to the last good copy', async () => {
    const stateDir = join(folder, 'state');
    const file = join(folder, 'config.yaml');
    const socket = { path: join(folder, 's.sock') };
    const good = {
      version: 1,
      stateDir,
      socket,
      slots: { main: objects },
      cameras: { test: { source: 'synthetic:' } },
    };
    const run = (config: object): Promise<string> =>
      new Promise((resolve) => {
        mkdirSync(stateDir, { recursive: true });
        writeFileSync(file, JSON.stringify(config));
        const child = spawn(process.execPath, [MAIN, 'run', '--config', file]);
        let output = '';
        child.stdout.on('data', (chunk: Buffer) => {
          output += chunk;
          if (output.includes('network sees')) child.kill('SIGTERM');
        });
        child.on('close', () => resolve(output));
      });
    await run(good);
    await eventually(() => existsSync(join(stateDir, 'config.last-good.yaml')));
    const output = await run({ ...good, cameras: typo.cameras });
    expect(output).toMatch(/"source":"last-good"/);
    expect(output).toMatch(/maxAgeMS/);
  });

  it('ends with 78 when it must be strict', async () => {
    const daemon = await start(typo, { arguments: ['--strict'] });
    expect(await daemon.stop('SIGCONT')).toEqual({ code: 78, signal: null });
    expect(daemon.output()).toMatch(/config\.yaml:15: cameras\.test\.maxAgeMS: unknown key; did you mean "maxAgeMs"/);
  });

  it('never shows a secret', async () => {
    const port = await freePort();
    const daemon = await start(
      {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own syntax
        mqtt: { url: `mqtt://127.0.0.1:${port}`, username: 'u', password: '${env:BROKER_PASSWORD}' },
        slots: { main: objects },
        cameras: { net: { source: 'rtsp://admin:hunter2@127.0.0.1:9/stream' }, test: { source: 'synthetic:' } },
        log: { level: 'debug' },
      },
      { environment: { BROKER_PASSWORD: 'open-sesame' } },
    );
    const said: string[] = [];
    for await (const message of daemon.messages()) {
      said.push(JSON.stringify(message));
      if (message.topic === 'status/net' && message.reason !== null) break;
    }
    await daemon.stop();
    expect(said.join('\n') + daemon.output()).not.toMatch(/hunter2|open-sesame/);
  });
});
