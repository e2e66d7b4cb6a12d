import { createServer, type Server, type Socket } from 'node:net';
import { configurationError } from '../../src/errors.js';

export const HOST = '127.0.0.1';

/** A real MQTT broker inside this process, on loopback. Speaks MQTT 3.1.1. */
export interface Broker {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** @throws a configuration error when the port is taken or not allowed. Port 0 is any free one. */
export async function openBroker(port: number): Promise<Broker> {
  // Listens before aedes is loaded, so that the others can start meanwhile; who connects early waits a moment.
  const loading = import('aedes').then(({ Aedes }) => Aedes.createBroker());
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    void loading.then((broker) => broker.handle(socket));
  });
  const taken = await listen(server, port);
  const broker = await loading;
  if (taken !== null) {
    await new Promise<void>((resolve) => broker.close(resolve));
    throw taken;
  }
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return {
    port: actual,
    url: `mqtt://${HOST}:${actual}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => broker.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<Error | null> {
  return new Promise((resolve) => {
    server.once('listening', () => resolve(null));
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is taken' : `can't be opened (${error.code ?? error.message})`;
      const what = `port ${port} on ${HOST} ${why}; choose another one: npm start -- --port 0 takes any that is free`;
      resolve(configurationError('demo-port', what, { port }, error));
    });
    server.listen(port, HOST);
  });
}
