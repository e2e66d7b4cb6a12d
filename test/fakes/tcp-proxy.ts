import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network that a test can break: between 127.0.0.1:port and a target. */
export interface TcpProxy {
  readonly port: number;
  /** Connections accepted so far. */
  accepted(): number;
  /** Ends all connections with a reset; new ones are refused until `heal`. */
  cut(): void;
  /** Nothing passes in either direction until `heal`, not even the end of a connection: the other side never learns of it. */
  halfOpen(): void;
  /** Holds what comes back from the target for so long. */
  delay(ms: number): void;
  heal(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

export async function createTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let mode: 'open' | 'cut' | 'half-open' = 'open';
  let delayMs = 0;
  let accepted = 0;

  const server = createServer({ allowHalfOpen: false, noDelay: true }, (client) => {
    accepted++;
    client.on('error', () => undefined);
    if (mode === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    target.on('error', () => client.resetAndDestroy());
    const pair = { client, target };
    pairs.add(pair);
    client.on('data', (bytes) => {
      if (mode === 'open') target.write(bytes);
    });
    target.on('data', (bytes) => {
      if (mode !== 'open') return;
      if (delayMs === 0) client.write(bytes);
      else setTimeout(() => client.writable && client.write(bytes), delayMs);
    });
    client.on('close', () => {
      if (mode === 'half-open') return;
      pairs.delete(pair);
      target.destroy();
    });
    target.on('close', () => {
      if (mode !== 'half-open') client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const reset = (): void => {
    for (const { client, target } of pairs) {
      client.resetAndDestroy();
      target.resetAndDestroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    cut() {
      mode = 'cut';
      reset();
    },
    halfOpen() {
      mode = 'half-open';
    },
    delay(ms) {
      delayMs = ms;
    },
    heal() {
      mode = 'open';
      delayMs = 0;
    },
    async close() {
      reset();
      server.close();
      await once(server, 'close');
    },
  };
}
