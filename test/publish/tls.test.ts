import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../fakes/eventually.js';
import { cleanUp, startBroker, startLink } from './links.js';
import { brokerConfig } from './sample.js';

interface Authority {
  readonly ca: string;
  certificate(name: string, days?: number): { readonly cert: string; readonly key: string };
}

let folder = '';

/** A certificate authority of openssl, for one test file. */
function createAuthority(title: string): Authority {
  const at = (name: string): string => join(folder, `${title}-${name}`);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: 'ignore' });
  };
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...ec, '-subj', `/CN=${title}`, '-days', '2', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  return {
    ca: at('ca.pem'),
    certificate(name, days = 2) {
      const [key, request, cert, extensions] = ['key', 'csr', 'pem', 'ext'].map((end) => at(`${name}.${end}`)) as [
        string,
        string,
        string,
        string,
      ];
      writeFileSync(extensions, `subjectAltName=DNS:${name}\n`);
      openssl('req', ...ec, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
      const signer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', String(days)];
      openssl('x509', '-req', '-in', request, ...signer, '-extfile', extensions, '-out', cert);
      return { cert, key };
    },
  };
}

let ours: Authority;
let theirs: Authority;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgenextd-tls-'));
  ours = createAuthority('ours');
  theirs = createAuthority('theirs');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(cleanUp);

const tls = (changes: object = {}) => ({ ca: ours.ca, cert: null, key: null, serverName: 'broker.test', ...changes });

describe('TLS', () => {
  it('connects to a broker whose certificate our authority signed for the name', async () => {
    const broker = await startBroker({ tls: { ca: ours.ca, ...ours.certificate('broker.test') } });
    const { onlines } = startLink(brokerConfig(0, { url: `mqtts://127.0.0.1:${broker.port}`, tls: tls() }));
    await eventually(() => onlines.length === 1);
  });

  it.each([
    ['another authority', () => tls({ ca: theirs.ca }), 'broker-tls', 'mqtt.tls.ca'],
    ['another name', () => tls({ serverName: 'other.test' }), 'broker-tls', 'mqtt.tls.serverName'],
    ['no name at all', () => tls({ serverName: null }), 'broker-tls', 'mqtt.tls.serverName'],
    ["the system's authorities only", () => null, 'broker-tls', 'mqtt.tls.ca'],
    ['a file that is not there', () => tls({ ca: join(folder, 'none.pem') }), 'broker-tls-file', 'none.pem'],
  ])('refuses %s, says what to do and does not hurry', async (_, files, code, says) => {
    const broker = await startBroker({ tls: { ca: ours.ca, ...ours.certificate('broker.test') } });
    const config = brokerConfig(0, { url: `mqtts://127.0.0.1:${broker.port}`, tls: files() });
    const { offlines, onlines } = startLink(config);
    await eventually(() => offlines.length === 1);
    expect(offlines[0]?.error.code).toBe(code);
    expect(offlines[0]?.error.message).toContain(says);
    expect(offlines[0]?.retryInMs).toBeGreaterThanOrEqual(60_000);
    expect(onlines).toEqual([]);
  });

  it('shows its own certificate to a broker that asks for one', async () => {
    const broker = await startBroker({
      tls: { ca: ours.ca, ...ours.certificate('broker.test') },
      lines: ['require_certificate true'],
    });
    const url = `mqtts://127.0.0.1:${broker.port}`;
    const known = startLink(brokerConfig(0, { url, tls: tls(ours.certificate('rover-7')) }));
    await eventually(() => known.onlines.length === 1);
    const stranger = startLink(brokerConfig(0, { url, clientId: 'stranger', tls: tls() }));
    await eventually(() => stranger.offlines.length === 1);
    expect(stranger.onlines).toEqual([]);
  });
});
