import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killedWithUs } from '../../src/killed-with-us.js';
import { eventually } from './eventually.js';

const MOSQUITTO = 'mosquitto';
const PATH = `${process.env.PATH}:/usr/sbin`;

/** A port of 127.0.0.1 that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface Mosquitto {
  readonly port: number;
  readonly folder: string;
  stop(): Promise<void>;
}

export interface MosquittoOptions {
  readonly port?: number;
  readonly user?: { readonly name: string; readonly password: string };
  /** Files of the broker's certificate. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly lines?: readonly string[];
}

/** A real broker on loopback, with a configuration of its own. It does not outlive the test's process. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'edgenextd-mosquitto-'));
  const lines = [`listener ${port} 127.0.0.1`, `allow_anonymous ${options.user === undefined}`, 'set_tcp_nodelay true'];
  if (process.getuid?.() === 0) lines.push('user root');
  if (options.user !== undefined) {
    const file = join(folder, 'passwords');
    execFileSync('mosquitto_passwd', ['-b', '-c', file, options.user.name, options.user.password], { env: { PATH } });
    lines.push(`password_file ${file}`);
  }
  if (options.tls !== undefined) {
    lines.push(`cafile ${options.tls.ca}`, `certfile ${options.tls.cert}`, `keyfile ${options.tls.key}`);
  }
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, `${[...lines, ...(options.lines ?? [])].join('\n')}\n`);
  const [program, args] = killedWithUs(MOSQUITTO, ['-c', config], PATH);
  const child = spawn(program, args, { env: { PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes) => {
    said += bytes;
  });
  await eventually(
    () => isListening(port),
    () => `mosquitto did not start: ${said}`,
  );
  return {
    port,
    folder,
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Whether somebody listens on the port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
