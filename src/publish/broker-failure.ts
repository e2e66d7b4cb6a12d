import { brokerError, EdgeError } from '../errors.js';
import { TLS_CUT } from './dial.js';

/** How a connection failed: decides how soon the next one is tried. */
type RetryClass =
  /** With back-off from a second on. */
  | 'soon'
  /** A person has to change something: no sense in hurrying. */
  | 'slow'
  /** The broker doesn't speak this version of MQTT. */
  | 'version';

export interface BrokerFailure {
  readonly error: EdgeError;
  readonly retry: RetryClass;
}

interface Meaning {
  readonly code: string;
  readonly retry: RetryClass;
  readonly says: string;
}

const VERSION: Meaning = {
  code: 'broker-version',
  retry: 'version',
  says: 'it does not speak this version of MQTT; set mqtt.protocol to auto',
};
const CLIENT_ID: Meaning = {
  code: 'broker-auth',
  retry: 'slow',
  says: 'it does not accept this client id; check mqtt.clientId',
};
const UNAVAILABLE: Meaning = { code: 'broker-unavailable', retry: 'soon', says: 'it is not available at the moment' };
const CREDENTIALS: Meaning = {
  code: 'broker-auth',
  retry: 'slow',
  says: 'it does not accept the user name or password; check mqtt.username and mqtt.password',
};
const NOT_AUTHORIZED: Meaning = {
  code: 'broker-auth',
  retry: 'slow',
  says: 'this client is not authorized; check mqtt.username, mqtt.password and the access list of the broker',
};
const TAKEN_OVER: Meaning = {
  code: 'broker-taken-over',
  retry: 'slow',
  says: 'another client connected with the same client id; give each device its own serial or mqtt.clientId',
};

/** CONNACK of MQTT 3.1.1 (below 128) and reason codes of MQTT 5 (from 128 on), which DISCONNECT shares. */
const REASON_CODES: Readonly<Record<number, Meaning>> = {
  1: VERSION,
  2: CLIENT_ID,
  3: UNAVAILABLE,
  4: CREDENTIALS,
  5: NOT_AUTHORIZED,
  132: VERSION,
  133: CLIENT_ID,
  134: CREDENTIALS,
  135: NOT_AUTHORIZED,
  136: UNAVAILABLE,
  137: UNAVAILABLE,
  138: NOT_AUTHORIZED,
  139: { code: 'broker-closed', retry: 'soon', says: 'it is shutting down' },
  140: { code: 'broker-auth', retry: 'slow', says: 'it wants another way of authentication' },
  141: { code: 'broker-closed', retry: 'soon', says: 'it heard nothing for too long' },
  142: TAKEN_OVER,
};

const NOT_YET_VALID: Meaning = {
  code: 'broker-tls',
  retry: 'soon',
  says: 'its certificate is not valid yet by the clock of this machine; is the clock set?',
};
const TLS_ERRORS: Readonly<Record<string, Meaning>> = {
  CERT_NOT_YET_VALID: NOT_YET_VALID,
  CERT_HAS_EXPIRED: {
    code: 'broker-tls',
    retry: 'slow',
    says: 'its certificate has expired; renew it, or set the clock of this machine',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'broker-tls',
    retry: 'slow',
    says: 'its certificate is for another name; use that name in mqtt.url or set mqtt.tls.serverName',
  },
};
const UNTRUSTED: Meaning = {
  code: 'broker-tls',
  retry: 'slow',
  says: 'its certificate is not signed by a trusted authority; check mqtt.tls.ca',
};
const HANDSHAKE: Meaning = {
  code: 'broker-tls',
  retry: 'slow',
  says: 'the TLS handshake failed; check the scheme and port of mqtt.url and the client certificate',
};
const UNTRUSTED_CODES =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA|CERT_REJECTED)/;
const HANDSHAKE_CODES = /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$)/;

const NETWORK_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; is the broker running?',
  ENOTFOUND: 'the name is unknown; check the host in mqtt.url',
  EAI_AGAIN: 'the name service does not answer; is there a network?',
  ENETUNREACH: 'there is no way to its network; is there a network?',
  EHOSTUNREACH: 'there is no way to it; is it switched on?',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'the connection was cut',
  [TLS_CUT]: 'it cut the TLS handshake; does this port speak TLS? mqtts: is usually 8883, mqtt: 1883',
};

/** What an error of the network, of TLS or of MQTT means, and what a person can do about it. */
export function brokerFailure(where: string, thrown: unknown): BrokerFailure {
  if (thrown instanceof EdgeError) return { error: thrown, retry: thrown.code === 'broker-tls-file' ? 'slow' : 'soon' };
  const code = (thrown as { code?: unknown } | null)?.code;
  const meaning =
    typeof code === 'number' ? REASON_CODES[code] : typeof code === 'string' ? tlsMeaning(code) : undefined;
  if (meaning !== undefined) return failure(where, meaning, { reason: code }, thrown);
  if (typeof code === 'number') {
    return failure(
      where,
      { code: 'broker-refused', retry: 'soon', says: `it refused with reason code ${code}` },
      { reason: code },
      thrown,
    );
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const says = (typeof code === 'string' ? NETWORK_ERRORS[code] : undefined) ?? text;
  return failure(where, { code: 'broker-unreachable', retry: 'soon', says }, { reason: code ?? null }, thrown);
}

export const brokerTimeout = (where: string, timeoutMs: number): BrokerFailure =>
  failure(where, { code: 'broker-timeout', retry: 'soon', says: `no answer within ${timeoutMs} ms` }, { timeoutMs });

/** `beforeConnack`: some brokers that don't speak MQTT 5 close without a word. */
export const brokerClosed = (where: string, beforeConnack: boolean): BrokerFailure =>
  beforeConnack
    ? failure(
        where,
        { code: 'broker-closed-early', retry: 'soon', says: 'it closed the connection without an answer' },
        {},
      )
    : failure(where, { code: 'broker-closed', retry: 'soon', says: 'the connection was closed' }, {});

function tlsMeaning(code: string): Meaning | undefined {
  return (
    TLS_ERRORS[code] ?? (UNTRUSTED_CODES.test(code) ? UNTRUSTED : HANDSHAKE_CODES.test(code) ? HANDSHAKE : undefined)
  );
}

function failure(
  where: string,
  { code, retry, says }: Meaning,
  facts: Record<string, unknown>,
  cause?: unknown,
): BrokerFailure {
  return {
    error: brokerError(code, `MQTT: the broker at ${where}: ${says}`, { broker: where, ...facts }, cause),
    retry,
  };
}
