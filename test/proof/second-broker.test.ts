import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe } from 'vitest';
import { killedWithUs } from '../../src/killed-with-us.js';
import { eventually } from '../fakes/eventually.js';
import { freePort, isListening } from '../fakes/mosquitto.js';
import { brokerContract } from '../publish/broker-contract.js';
import { cleanUp, onCleanUp } from '../publish/links.js';

const MOCHI = fileURLToPath(new URL('../../.setup/broker/cmd', import.meta.url));

/** mochi-mqtt, written in Go: another hand than mosquitto's in every line. */
async function startMochi(): Promise<{ port: number }> {
  const [port, ws, info] = await Promise.all([freePort(), freePort(), freePort()]);
  const listeners = Object.entries({ tcp: port, ws, info }).map(([name, at]) => `--${name}=127.0.0.1:${at}`);
  const [program, args] = killedWithUs(MOCHI, listeners, process.env.PATH ?? '');
  const child = spawn(program, args, { stdio: 'ignore' });
  const exit = once(child, 'exit');
  onCleanUp(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  await eventually(() => isListening(port));
  return { port };
}

afterEach(cleanUp);

describe('with a second broker', () => brokerContract(startMochi));
