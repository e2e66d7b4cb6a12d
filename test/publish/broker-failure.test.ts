import { describe, expect, it } from 'vitest';
import { brokerError } from '../../src/errors.js';
import { brokerClosed, brokerFailure, brokerTimeout } from '../../src/publish/broker-failure.js';

const WHERE = 'broker:1883';
const coded = (code: unknown) => Object.assign(new Error('as the library says it'), { code });

describe('what an error of the broker means', () => {
  it.each([
    [1, 'broker-version', 'version'],
    [132, 'broker-version', 'version'],
    [4, 'broker-auth', 'slow'],
    [5, 'broker-auth', 'slow'],
    [134, 'broker-auth', 'slow'],
    [135, 'broker-auth', 'slow'],
    [133, 'broker-auth', 'slow'],
    [3, 'broker-unavailable', 'soon'],
    [137, 'broker-unavailable', 'soon'],
    [139, 'broker-closed', 'soon'],
    [142, 'broker-taken-over', 'slow'],
    [151, 'broker-refused', 'soon'],
    ['ECONNREFUSED', 'broker-unreachable', 'soon'],
    ['ENOTFOUND', 'broker-unreachable', 'soon'],
    ['EAI_AGAIN', 'broker-unreachable', 'soon'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'broker-tls', 'slow'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'broker-tls', 'slow'],
    ['CERT_HAS_EXPIRED', 'broker-tls', 'slow'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'broker-tls', 'slow'],
    // A board without a battery-backed clock starts in the past: that mends itself.
    ['CERT_NOT_YET_VALID', 'broker-tls', 'soon'],
    [undefined, 'broker-unreachable', 'soon'],
  ])('%s', (code, expected, retry) => {
    const failure = brokerFailure(WHERE, coded(code));
    expect(failure).toMatchObject({ retry, error: { code: expected, family: 'broker' } });
    expect(failure.error.message).toContain(WHERE);
  });

  it('leaves our own errors as they are', () => {
    const error = brokerError('broker-tls-file', 'no such file');
    expect(brokerFailure(WHERE, error)).toEqual({ error, retry: 'slow' });
  });

  it('tells silence from an end', () => {
    expect(brokerTimeout(WHERE, 100).error.code).toBe('broker-timeout');
    expect(brokerClosed(WHERE, true).error.code).toBe('broker-closed-early');
    expect(brokerClosed(WHERE, false).error.code).toBe('broker-closed');
  });
});
