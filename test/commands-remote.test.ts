import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { MESSAGES } from '../src/publish/messages.js';
import { eventually } from './fakes/eventually.js';
import { startMosquitto } from './fakes/mosquitto.js';
import {
  connectWhenThere,
  type DaemonProcess,
  type LocalMessage,
  MAIN,
  MODELS,
  startDaemon,
} from './harness/daemon.js';

const objects = { package: join(MODELS, 'objects/package') };
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(config: object): Promise<DaemonProcess> {
  const daemon = await startDaemon({
    device: { manufacturer: 'acme', serial: 'r7' },
    slots: { main: objects },
    cameras: { front: { source: 'synthetic:?fps=20' }, spare: { source: 'synthetic:?fps=20', enabled: false } },
    ...config,
  });
  ends.push(() => daemon.dispose());
  return daemon;
}

// biome-ignore lint/suspicious/noExplicitAny: tests read fields of answers of every kind
type Answer = any;

/** Somebody on the same board. */
async function openSocket({ socketPath }: DaemonProcess) {
  const socket: Socket = await connectWhenThere(socketPath);
  ends.push(() => socket.destroy());
  const heard: Answer[] = [];
  createInterface({ input: socket }).on('line', (line) => heard.push(JSON.parse(line)));
  const until = async (accept: (message: Answer) => boolean): Promise<Answer> => {
    await eventually(
      () => heard.some(accept),
      () => `not among ${JSON.stringify(heard.filter(({ topic }) => /^(state|cmdack)/.test(topic)).slice(-5))}`,
    );
    return heard.find(accept);
  };
  return {
    heard,
    until,
    write: (text: string | Buffer) => void socket.write(text),
    ask(cmd: string, fields: object = {}): Promise<Answer> {
      const command = { cmd, transaction: `t${Math.random()}`, ...fields };
      socket.write(`${JSON.stringify(command)}\n`);
      return until((each) => each.transaction === command.transaction && isOver(each));
    },
    state: (accept: (state: Answer) => boolean) => until((each) => each.topic === 'state' && accept(each)),
  };
}

const isOver = ({ state }: LocalMessage) => ['done', 'failed', 'expired'].includes(state as string);

/** A fleet's back end. */
async function openRemote(port: number, protocolVersion: 4 | 5) {
  const client = await mqtt.connectAsync({ host: '127.0.0.1', port, protocolVersion });
  ends.push(() => client.endAsync(true));
  const heard: { topic: string; correlation: string | undefined; message: Answer }[] = [];
  const faults: string[] = [];
  client.on('message', (topic, payload, { properties }) => {
    const message = JSON.parse(payload.toString());
    const checked = MESSAGES.cmdack.safeParse(message);
    if (!checked.success) faults.push(checked.error.message);
    heard.push({ topic, correlation: properties?.correlationData?.toString(), message });
  });
  await client.subscribeAsync(['edgenext/v1/acme/r7/cmdack/#', 'backend/#'], { qos: 1 });
  const base = 'edgenext/v1/acme/r7/cmd/';
  return {
    heard,
    faults,
    client,
    send: (verb: string, payload: object | string | Buffer, options: mqtt.IClientPublishOptions = {}) =>
      client.publishAsync(
        base + verb,
        typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
        { qos: 1, ...options },
      ),
    async until(accept: (one: (typeof heard)[number]) => boolean) {
      await eventually(
        () => heard.some(accept),
        () => `not among ${JSON.stringify(heard)}`,
      );
      return heard.find(accept) as (typeof heard)[number];
    },
  };
}

const untilSeen = async (daemon: DaemonProcess) => {
  for await (const { topic } of daemon.messages()) if (topic === 'result/front') return;
};

describe.each([5, 4] as const)('commands by MQTT %i', (protocolVersion) => {
  it('are answered, each once, and do what they say', async () => {
    const broker = await startMosquitto();
    ends.push(() => broker.stop());
    const retained = await mqtt.connectAsync({ host: '127.0.0.1', port: broker.port });
    await retained.publishAsync('edgenext/v1/acme/r7/cmd/restart', '{"transaction":"old"}', { qos: 1, retain: true });
    await retained.endAsync();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const daemon = await start({
      mqtt: { url, protocol: protocolVersion, username: 'u', password: 'hunter2' },
      commands: { allow: ['ping', 'state.get', 'config.get', 'inhibit'] },
    });
    await untilSeen(daemon);
    const remote = await openRemote(broker.port, protocolVersion);
    const final = async (transaction: string) =>
      (await remote.until(({ message }) => message.transaction === transaction && isOver(message))).message;

    await remote.send('ping', { transaction: 'p1' });
    expect(await final('p1')).toMatchObject({ verb: 'ping', state: 'done', serialNumber: 'r7' });
    await remote.send('state.get', { transaction: 's1' });
    expect(await final('s1')).toMatchObject({ result: { mode: 'normal', settings: [], inhibits: [] } });
    await remote.send('config.get', { transaction: 'c1' });
    const { result } = await final('c1');
    expect(result.config).toMatchObject({ cameras: { spare: { enabled: false } }, mqtt: { password: '***' } });
    expect(JSON.stringify(result)).not.toContain('hunter2');

    await remote.send('inhibit', { transaction: 'i1', reason: 'driving', ttl: 60 });
    expect(await final('i1')).toMatchObject({ state: 'done', result: { inhibited: true } });
    await remote.send('inhibit', { transaction: 'i1', reason: 'driving', ttl: 60 });
    await eventually(() => remote.heard.filter(({ message }) => message.transaction === 'i1').length === 3);
    expect(remote.heard.flatMap(({ message }) => (message.transaction === 'i1' ? [message.state] : []))).toEqual([
      'accepted',
      'done',
      'done',
    ]);

    await remote.send('restart', { transaction: 'r1' });
    expect(await final('r1')).toMatchObject({ state: 'failed', code: 'not-allowed' });
    await remote.send('fly', { transaction: 'f1' });
    expect(await final('f1')).toMatchObject({ verb: 'unknown', state: 'failed', code: 'unknown-verb' });
    for (const bad of ['{"transaction":', '[1]', Buffer.of(0xff, 0xfe), 'x'.repeat(20_000)]) {
      await remote.send('ping', bad);
    }
    await eventually(() => remote.heard.filter(({ message }) => message.transaction === null).length === 4);
    const codes = remote.heard.flatMap(({ message }) => (message.transaction === null ? [message.code] : []));
    expect(codes).toEqual(['bad-payload', 'bad-payload', 'bad-payload', 'too-large']);

    expect(remote.heard.filter(({ message }) => message.transaction === 'old')).toEqual([]);
    expect(remote.faults).toEqual([]);
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('MQTT 5', () => {
  it('answers where it is asked to, with what it was told, and never in its own name', async () => {
    const broker = await startMosquitto();
    ends.push(() => broker.stop());
    const daemon = await start({ mqtt: { url: `mqtt://127.0.0.1:${broker.port}` } });
    await untilSeen(daemon);
    const remote = await openRemote(broker.port, 5);
    const to = (responseTopic: string) => ({ properties: { responseTopic, correlationData: Buffer.from('#7') } });
    await remote.send('ping', { transaction: 'a' }, to('backend/answers'));
    expect(await remote.until(({ message }) => message.transaction === 'a')).toMatchObject({
      topic: 'backend/answers',
      correlation: '#7',
    });
    await remote.send('ping', { transaction: 'b' }, to('edgenext/v1/acme/r7/connection'));
    expect(await remote.until(({ message }) => message.transaction === 'b')).toMatchObject({
      topic: 'edgenext/v1/acme/r7/cmdack/ping',
      correlation: '#7',
    });
    expect(remote.faults).toEqual([]);
  });
});

describe('a broker', () => {
  it('that lets no commands through is told of, and gets all else', async () => {
    const broker = await Aedes.createBroker({ authorizeSubscribe: (_client, _topic, done) => done(null, null) });
    const server = createServer(broker.handle).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => new Promise<void>((resolve) => broker.close(() => server.close(() => resolve()))));
    const daemon = await start({ mqtt: { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}` } });
    const local = await openSocket(daemon);
    const state = await local.state(({ errors, publishing }) => errors.length > 0 && publishing.broker.online);
    expect(state.errors).toMatchObject([{ errorType: 'commands-refused', errorLevel: 'WARNING' }]);
  });
});

describe('commands by the local socket', () => {
  it('set what may be set, take it back, and keep it where they are told to', async () => {
    const daemon = await start({ commands: { allow: [] } });
    const overlay = join(daemon.folder, 'state/config.overlay.yaml');
    const config = readFileSync(join(daemon.folder, 'config.yaml'), 'utf8');
    const local = await openSocket(daemon);
    await local.until(({ topic }) => topic === 'result/front');
    const stateOf = (camera: string, wanted: string) => (state: Answer) =>
      state.cameras.some((each: Answer) => each.camera === camera && each.state === wanted);

    expect(await local.ask('camera.enable', { camera: 'spare' })).toMatchObject({ state: 'done' });
    await local.until(({ topic }) => topic === 'result/spare');
    expect(await local.ask('camera.disable', { camera: 'front' })).toMatchObject({ state: 'done' });
    const off = await local.state(stateOf('front', 'disabled'));
    expect(off.settings.map(({ path }: Answer) => path)).toEqual(['cameras.spare.enabled', 'cameras.front.enabled']);
    await local.until(({ topic, online }) => topic === 'status/front' && online === false);
    expect(await local.ask('camera.enable', { camera: 'front', ttl: 3600 })).toMatchObject({ state: 'done' });
    await local.until(({ topic, online, headerId }) => topic === 'status/front' && online === true && headerId > 1);

    // Everything is below this score: the class that is held goes.
    const set = { cameras: { front: { decide: { minScore: 1 } } } };
    expect(await local.ask('config.set', { set, persist: true })).toMatchObject({ state: 'done' });
    await local.until(({ topic, class_id }) => topic === 'result/front' && class_id === 'unknown');
    expect(readFileSync(overlay, 'utf8')).toMatch(/front:\s+decide:\s+minScore: 1\n/);
    expect((await local.ask('config.get')).result.config.cameras.front.decide.minScore).toBe(1);

    const refused = [
      [{ set: { mqtt: { url: 'mqtt://evil' } } }, 'not-settable'],
      [{ set: { commands: { allow: ['restart'] } } }, 'not-settable'],
      [{ set: { cameras: { nose: { fps: 1 } } } }, 'not-settable'],
      [{ set: { cameras: { front: { fps: -1 } } } }, 'setting-invalid'],
      [{ set: { log: { level: 'loud' } } }, 'setting-invalid'],
      [{ set: { log: { level: 'debug' } }, persist: true, ttl: 5 }, 'bad-arguments'],
    ] as const;
    for (const [fields, code] of refused) {
      expect(await local.ask('config.set', fields)).toMatchObject({ state: 'failed', code });
    }
    expect(daemon.output()).not.toContain('"level":"debug"');

    expect(await local.ask('config.reset', { paths: ['cameras.front.decide.minScore'] })).toMatchObject({
      state: 'done',
    });
    expect(existsSync(overlay)).toBe(false);
    expect(await local.ask('config.reset', { paths: ['cameras.front.fps'] })).toMatchObject({ code: 'not-set' });
    expect(await local.ask('config.set', { set: { log: { level: 'error' } }, ttl: 1 })).toMatchObject({
      state: 'done',
    });
    await local.state(({ settings }) => settings.some(({ path, until }: Answer) => path === 'log.level' && until));
    const before = local.heard.length;
    await eventually(() =>
      local.heard
        .slice(before)
        .some(({ topic, settings }) => topic === 'state' && !settings.some((one: Answer) => one.path === 'log.level')),
    );
    expect(readFileSync(join(daemon.folder, 'config.yaml'), 'utf8')).toBe(config);
  });

  it('are answered to the one who asked, whatever it writes', async () => {
    const daemon = await start({});
    const [one, other] = [await openSocket(daemon), await openSocket(daemon)];
    one.write('what\n\n{"cmd":"ping","transaction":"x"}\n');
    one.write(`${'x'.repeat(100_000)}\n`);
    one.write(Buffer.of(0xff, 0x0a));
    const message = Buffer.from('{"cmd":"ping","transaction":"split"}\n');
    for (const byte of message) one.write(Buffer.of(byte));
    await one.until(({ transaction }) => transaction === 'split');
    const answers = one.heard.filter(({ topic }) => topic.startsWith('cmdack/'));
    expect(answers.map(({ state, code }) => code ?? state)).toEqual([
      'bad-payload',
      'done',
      'too-large',
      'bad-payload',
      'done',
    ]);
    for (const { topic: _, ...answer } of answers) expect(MESSAGES.cmdack.parse(answer)).toEqual(answer);
    expect(other.heard.filter(({ topic }) => topic.startsWith('cmdack/'))).toEqual([]);
  });

  it('ask for a restart, which is answered before the daemon ends to be started again', async () => {
    const daemon = await start({});
    const local = await openSocket(daemon);
    await local.ask('config.set', { set: { cameras: { spare: { enabled: true, fps: 3 } } }, persist: true });
    const closed = once(daemon.child, 'close');
    expect(await local.ask('restart', { transaction: 'once' })).toMatchObject({ state: 'done' });
    expect(await closed).toEqual([75, null]);
    expect(daemon.output()).not.toMatch(/"level":"error"/);

    // Whoever missed the answer asks again, and is told by the new daemon instead of ending it too.
    const file = join(daemon.folder, 'config.yaml');
    const next = spawn(process.execPath, [MAIN, 'run', '--config', file], { stdio: 'ignore' });
    ends.push(() => next.kill('SIGKILL'));
    const again = await openSocket(daemon);
    again.write('{"cmd":"restart","transaction":"once"}\n');
    expect(await again.until(({ transaction }) => transaction === 'once')).toMatchObject({ state: 'done', result: {} });
    const state = await again.ask('state.get');
    expect(state.result.settings.map(({ path }: Answer) => path)).toEqual([
      'cameras.spare.enabled',
      'cameras.spare.fps',
    ]);
    next.kill('SIGTERM');
    expect(await once(next, 'exit')).toEqual([0, null]);
  });
});
