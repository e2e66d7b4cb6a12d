import mqtt from 'mqtt';
import { MESSAGES, type Message } from '../../src/publish/messages.js';
import { type MessageKind, TOPICS } from '../../src/publish/topics.js';
import { eventually } from '../fakes/eventually.js';

interface Seen {
  readonly path: string;
  readonly retained: boolean;
  readonly qos: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of messages of every kind
  readonly message: any;
}

export interface Observer {
  readonly seen: readonly Seen[];
  of(path: string): readonly Seen[];
  until(path: string, accept?: (seen: Seen) => boolean): Promise<Seen>;
  close(): Promise<void>;
}

/** Somebody outside who reads everything that the daemon says, and checks every message against its schema. */
export async function observe(port: number, options: mqtt.IClientOptions = {}): Promise<Observer> {
  const client = await mqtt.connectAsync({
    host: '127.0.0.1',
    port,
    protocolVersion: 4,
    reconnectPeriod: 100,
    ...options,
  });
  const seen: Seen[] = [];
  const faults: string[] = [];
  client.on('message', (topic, payload, packet) => {
    const path = topic.split('/').slice(4).join('/');
    const kind = kindOfPath(path);
    const message = JSON.parse(payload.toString()) as Message<MessageKind>;
    const checked = kind === null ? null : MESSAGES[kind].safeParse(message);
    if (!checked?.success) faults.push(`${topic}: ${checked?.error.message ?? 'no topic of ours'}`);
    seen.push({ path, retained: packet.retain, qos: packet.qos, message });
  });
  await client.subscribeAsync('edgenext/v1/#', { qos: 1 });
  return {
    seen,
    of: (path) => seen.filter((one) => one.path === path),
    async until(path, accept = () => true) {
      const find = () => seen.find((one) => one.path === path && accept(one));
      await eventually(
        () => find() !== undefined,
        () => `no such ${path} among ${JSON.stringify(seen.map((one) => [one.path, one.message]))}`,
      );
      return find() as Seen;
    },
    async close() {
      await client.endAsync(true);
      if (faults.length > 0) throw new Error(faults.join('\n'));
    },
  };
}

/** The kind of message that a path carries; null for a path that is none of ours. */
export function kindOfPath(path: string): MessageKind | null {
  const kind = path.split('/', 1)[0] ?? '';
  return Object.hasOwn(TOPICS, kind) ? (kind as MessageKind) : null;
}
