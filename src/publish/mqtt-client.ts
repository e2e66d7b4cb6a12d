import type { Socket } from 'node:net';
import { type IClientOptions, MqttClient } from 'mqtt';
import { type BrokerFailure, brokerClosed, brokerFailure, brokerTimeout } from './broker-failure.js';
import { type BrokerAddress, dial, type TlsFiles } from './dial.js';

/**
 * One connection to a broker, from dialling to its end; never reused. MQTT.js neither backs off nor bounds what it
 * queues, and can stay "connecting" for ever (its pull request 2052): so each connection is a new client without
 * reconnect, under a deadline of ours, and broker-link.ts decides when the next one comes.
 */
export interface Connection {
  /** False while the broker does not keep up: nothing more should be sent before `writable`. */
  canSend(): boolean;
  /** `done` is called when the message is written (QoS 0) or acknowledged (QoS 1), or with what went wrong; not after `closed`. */
  send(message: Sendable, done: (failure: Error | null) => void): void;
  /** Asks for the messages of a topic; those that the broker had retained do not come. `done` as of `send`. */
  subscribe(topic: string, done: (failure: Error | null) => void): void;
  /** Says goodbye, so that the broker keeps the will to itself. */
  end(): void;
  /** Cuts the connection. */
  destroy(): void;
}

export interface Sendable {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** Only MQTT 5 knows it. */
  readonly expiryS: number | null;
  /** Of the command that this answers; only MQTT 5 knows it. */
  readonly correlation?: Buffer | null;
}

/** A message of a topic that was subscribed to. */
export interface Received {
  readonly topic: string;
  readonly payload: Buffer;
  /** It was retained: somebody may have sent it long ago. */
  readonly retain: boolean;
  /** Where the sender wants its answer, and what it wants to find there; only MQTT 5 knows them. */
  readonly responseTopic: string | null;
  readonly correlation: Buffer | null;
}

interface ConnectionEvents {
  /** The broker said yes. At most once, before `closed`. */
  connected(granted: { readonly maxInFlight: number }): void;
  received(message: Received): void;
  /** Room again after `canSend` said no. */
  writable(): void;
  /** Exactly once, and the last call. */
  closed(failure: BrokerFailure): void;
}

interface ConnectionOptions {
  readonly address: BrokerAddress;
  readonly tls: TlsFiles | null;
  readonly protocolVersion: 4 | 5;
  readonly clientId: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly keepaliveS: number;
  readonly connectTimeoutMs: number;
  readonly will: Sendable;
}

export type OpenConnection = (options: ConnectionOptions, events: ConnectionEvents) => Connection;

/** Written but not yet taken by the network: above this the broker does not keep up. */
const MOST_UNSENT_BYTES = 256 * 1024;
const MOST_IN_FLIGHT = 20;
/** The broker keeps larger packets to itself. */
const MOST_RECEIVED_BYTES = 256 * 1024;

export const openConnection: OpenConnection = (options, events) => {
  const where = `${options.address.host}:${options.address.port}`;
  const giveUp = new AbortController();
  let client: MqttClient | null = null;
  let socket: Socket | null = null;
  let isConnected = false;
  let isClosed = false;

  const close = (failure: BrokerFailure): void => {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(deadline);
    giveUp.abort(new Error('given up'));
    client?.end(true);
    socket?.destroy();
    events.closed(failure);
  };
  const deadline = setTimeout(() => close(brokerTimeout(where, options.connectTimeoutMs)), options.connectTimeoutMs);

  const speak = (stream: Socket): void => {
    if (isClosed) {
      stream.destroy();
      return;
    }
    socket = stream;
    socket.on('drain', () => {
      if (isConnected && !isClosed) events.writable();
    });
    client = new MqttClient(() => stream, mqttOptions(options));
    client.on('connect', (connack) => {
      clearTimeout(deadline);
      isConnected = true;
      events.connected({ maxInFlight: Math.min(MOST_IN_FLIGHT, connack.properties?.receiveMaximum ?? MOST_IN_FLIGHT) });
    });
    client.on('message', (topic, payload, { retain, properties }) => {
      const { responseTopic = null, correlationData: correlation = null } = properties ?? {};
      if (!isClosed) events.received({ topic, payload, retain, responseTopic, correlation });
    });
    client.on('disconnect', (packet) => close(brokerFailure(where, { code: packet.reasonCode ?? 0 })));
    client.on('error', (error) => close(brokerFailure(where, error)));
    client.on('close', () => close(brokerClosed(where, !isConnected)));
  };
  dial(options.address, options.tls, giveUp.signal).then(speak, (error) => close(brokerFailure(where, error)));

  return {
    canSend: () => isConnected && !isClosed && (socket?.writableLength ?? 0) < MOST_UNSENT_BYTES,
    send({ topic, payload, qos, retain, expiryS, correlation = null }, done) {
      const properties = {
        ...(expiryS === null ? {} : { messageExpiryInterval: expiryS }),
        ...(correlation === null ? {} : { correlationData: correlation }),
      };
      client?.publish(topic, payload, { qos, retain, properties }, (error) => {
        if (!isClosed) done(error ?? null);
      });
    },
    subscribe(topic, done) {
      // Both only in MQTT 5: what is retained does not come on subscribing, and says so when it comes later.
      const retained = options.protocolVersion === 5 ? ({ rh: 2, rap: true } as const) : {};
      client?.subscribe(topic, { qos: 1, ...retained }, (error, granted) => {
        if (isClosed) return;
        const refused = granted?.some(({ qos }) => qos > 2) === true;
        done(error ?? (refused ? new Error('the broker does not allow it') : null));
      });
    },
    end() {
      if (isClosed || client === null) close(brokerClosed(where, !isConnected));
      else client.end(false, {}, () => close(brokerClosed(where, !isConnected)));
    },
    destroy: () => close(brokerClosed(where, !isConnected)),
  };
};

/** Clean start and no session: whatever must survive a connection waits in the outbox, not in the client or the broker. */
function mqttOptions(options: ConnectionOptions): IClientOptions {
  const { topic, payload, qos, retain } = options.will;
  return {
    clientId: options.clientId,
    protocolVersion: options.protocolVersion,
    clean: true,
    ...(options.protocolVersion === 5
      ? { properties: { sessionExpiryInterval: 0, maximumPacketSize: MOST_RECEIVED_BYTES } }
      : {}),
    ...(options.username === null ? {} : { username: options.username }),
    ...(options.password === null ? {} : { password: options.password }),
    keepalive: options.keepaliveS,
    reconnectPeriod: 0,
    connectTimeout: options.connectTimeoutMs * 2,
    queueQoSZero: false,
    will: { topic, payload: Buffer.from(payload), qos, retain },
  };
}
