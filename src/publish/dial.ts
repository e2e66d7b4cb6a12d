import { existsSync, readFileSync } from 'node:fs';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { brokerError, configurationError } from '../errors.js';

/** Files of certificates; read at every connection, so that a renewed one is used without a restart. */
export interface TlsFiles {
  /** null: the authorities that the system trusts. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** Name that the broker's certificate must hold; null: the host of the address. */
  readonly serverName: string | null;
}

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** Code of a connection that was cut during the handshake of TLS. */
export const TLS_CUT = 'EDGE_TLS_CUT';

/** Of Debian and its kin, with what the owner of the board added. Node only knows those it was built with. */
const SYSTEM_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** `mqtt://HOST[:PORT]` or `mqtts://HOST[:PORT]`. */
export function parseBrokerUrl(url: string): BrokerAddress {
  const match = /^(mqtts?):\/\/(\[[0-9A-Fa-f:.]+\]|[^/:@\s]+)(?::(\d{1,5}))?\/?$/.exec(url);
  const [, scheme, host, port] = match ?? [];
  if (scheme === undefined || host === undefined) {
    throw configurationError(
      'broker-url',
      'mqtt.url is not an address of a broker: expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT], with the credentials in mqtt.username and mqtt.password',
    );
  }
  const secure = scheme === 'mqtts';
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? (secure ? 8883 : 1883) : Number(port),
    secure,
  };
}

/**
 * Opens the way to the broker, up to the end of the TLS handshake: no byte of MQTT, and so no password, leaves before
 * the broker's certificate is checked. Without Nagle's algorithm: a small message right after another one would wait
 * for the first one's acknowledgement, which the other side delays by 40 ms.
 */
export async function dial(address: BrokerAddress, tls: TlsFiles | null, signal: AbortSignal): Promise<Socket> {
  const secure = address.secure ? tlsOptions(address, tls) : null;
  const socket = connectTcp({
    host: address.host,
    port: address.port,
    noDelay: true,
    keepAlive: true,
    autoSelectFamilyAttemptTimeout: 1000,
  });
  await ready(socket, 'connect', signal);
  if (secure === null) return socket;
  const encrypted = connectTls({ ...secure, socket });
  await ready(encrypted, 'secureConnect', signal);
  return encrypted;
}

function tlsOptions({ host }: BrokerAddress, tls: TlsFiles | null): ConnectionOptions {
  const serverName = tls?.serverName ?? (isIP(host) === 0 ? host : null);
  const options: ConnectionOptions = { host: tls?.serverName ?? host, minVersion: 'TLSv1.2' };
  if (serverName !== null) options.servername = serverName;
  for (const part of ['ca', 'cert', 'key'] as const) {
    const path = tls?.[part] ?? (part === 'ca' && existsSync(SYSTEM_AUTHORITIES) ? SYSTEM_AUTHORITIES : null);
    if (path !== null) options[part] = readPart(part, path);
  }
  return options;
}

function readPart(part: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw brokerError(
      'broker-tls-file',
      `mqtt.tls.${part}: ${path} can't be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}): check that it exists and that the user of the daemon may read it`,
      { part, path },
      cause,
    );
  }
}

/** Settles with the socket's fate and then leaves no listener behind; a socket that failed or was given up is destroyed. */
function ready(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: unknown): void => {
      socket.off(event, connected).off('error', failed).off('close', closed);
      signal.removeEventListener('abort', aborted);
      if (error === null) {
        resolve();
        return;
      }
      socket.on('error', () => undefined).destroy();
      reject(error);
    };
    const connected = (): void => settle(null);
    // What a port without TLS does with the first bytes of it: mosquitto closes.
    const reset = event === 'connect' ? 'ECONNRESET' : TLS_CUT;
    const failed = (error: NodeJS.ErrnoException): void =>
      settle(error.code === 'ECONNRESET' ? Object.assign(error, { code: reset }) : error);
    const closed = (): void => settle(Object.assign(new Error('closed by the other side'), { code: reset }));
    const aborted = (): void => settle(signal.reason);
    socket.once(event, connected).once('error', failed).once('close', closed);
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
  });
}
