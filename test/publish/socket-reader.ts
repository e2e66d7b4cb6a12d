import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '../fakes/eventually.js';

// biome-ignore lint/suspicious/noExplicitAny: tests read fields of messages of every kind
type Line = any;

export interface SocketReader {
  readonly socket: Socket;
  readonly lines: readonly Line[];
  until(accept: (line: Line) => boolean): Promise<Line>;
}

/** A client of the local socket, that reads or, once paused, does not. */
export async function readSocket(path: string): Promise<SocketReader> {
  const socket = connect(path);
  await once(socket, 'connect');
  const lines: Line[] = [];
  let rest = '';
  socket.on('error', () => undefined);
  socket.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((part) => JSON.parse(part)));
  });
  return {
    socket,
    lines,
    async until(accept) {
      await eventually(
        () => lines.some(accept),
        () => `no such line among ${JSON.stringify(lines)}`,
      );
      return lines.find(accept);
    },
  };
}
