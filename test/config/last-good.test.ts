import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keepLastGood, lastGoodFile, resolveConfig } from '../../src/config/last-good.js';
import { EdgeError } from '../../src/errors.js';
import { context, folderWith } from './folder.js';

const good = (extra = '') => `version: 1
stateDir: state
mqtt: {url: "mqtt://broker", username: robot, password: "\${env:PW}"}
slots: {main: {package: models/rover}}
cameras: {front: {source: "v4l2:/dev/video0"}}
${extra}`;

const relaxed = { context: context({ PW: 'hunter2' }), strict: false };

/** A folder whose daemon has once started well. */
async function startedOnce() {
  const folder = folderWith({ 'config.yaml': good(), 'conf.d/10.yaml': 'mqtt: {keepaliveS: 11}\n' });
  const file = join(folder, 'config.yaml');
  const outcome = resolveConfig(file, relaxed);
  if (outcome.source !== 'file') throw new Error('expected the file');
  return { folder, file, outcome, kept: await keepLastGood(file, outcome.loaded) };
}

describe('a bad file', () => {
  test.each([
    ['a typo', good('slotz: {}\n')],
    ['broken YAML', `${good()}log: {level\n  ]\n`],
    ['an empty file', ''],
  ])('with %s: the last good copy runs, and the problems are told', async (_name, text) => {
    const { file, folder, outcome: first } = await startedOnce();
    writeFileSync(file, text === '' ? 'stateDir: state\n' : text);
    const outcome = resolveConfig(file, relaxed);
    expect(outcome.source).toBe('last-good');
    expect(outcome.config).toEqual(first.config);
    expect(outcome.problems.length).toBeGreaterThan(0);
    expect(outcome).toMatchObject({ copy: join(folder, 'state/config.last-good.yaml') });
  });

  test('the copy is merged, keeps variables, and only its owner may read it', async () => {
    const { folder, kept } = await startedOnce();
    const copy = lastGoodFile(join(folder, 'state'));
    expect(kept).toEqual({ kept: true, copy });
    expect(readFileSync(copy, 'utf8')).toContain('${env:PW}');
    expect(readFileSync(copy, 'utf8')).toContain('keepaliveS: 11');
    expect(readFileSync(copy, 'utf8')).not.toContain('hunter2');
    expect(statSync(copy).mode & 0o777).toBe(0o600);
  });

  test('without a copy: what is left of device, socket, log and mqtt, and no camera', () => {
    const folder = folderWith({ 'config.yaml': good('device: {serial: unit-3}\nlog: {level: loud}\n') });
    const outcome = resolveConfig(join(folder, 'config.yaml'), relaxed);
    expect(outcome).toMatchObject({ source: 'minimal', noCopy: expect.stringContaining('there is no last good copy') });
    expect(outcome.config).toMatchObject({
      device: { serial: 'unit-3' },
      log: { level: 'info' },
      mqtt: { url: 'mqtt://broker', username: 'robot', password: 'hunter2' },
      slots: {},
      cameras: {},
    });
  });

  test.each<[string, string, string | null]>([
    ['a wrong value in mqtt leaves the rest of it', 'mqtt: {keepaliveS: often}\n', 'mqtt://broker'],
    ['an unknown key in mqtt leaves the rest of it', 'mqtt: {keepalive: 3}\n', 'mqtt://broker'],
    ['TLS that would not be used drops mqtt', 'mqtt: {tls: {ca: /ca.pem}}\n', null],
    ['a broker that nobody knows drops mqtt', 'mqtt: {url: "${env:NOBODY}"}\n', null],
  ])('%s', (_name, extra, url) => {
    const folder = folderWith({ 'config.yaml': good(), 'conf.d/10.yaml': extra });
    const outcome = resolveConfig(join(folder, 'config.yaml'), relaxed);
    expect(outcome.source).toBe('minimal');
    expect(outcome.config.mqtt?.url ?? null).toBe(url);
  });

  test('a password that can not be had is left out, not sent as written', () => {
    const folder = folderWith({ 'config.yaml': good() });
    const outcome = resolveConfig(join(folder, 'config.yaml'), { context: context(), strict: false });
    expect(outcome.config.mqtt).toMatchObject({ username: 'robot', password: null });
  });

  test('a missing file is a bad file', () => {
    const outcome = resolveConfig(join(folderWith(), 'config.yaml'), relaxed);
    expect(outcome).toMatchObject({
      source: 'minimal',
      config: { device: { serial: 'BOARD-7' }, mqtt: null, cameras: {} },
    });
  });

  test('strict: throws one configuration error with every problem', () => {
    const folder = folderWith({ 'config.yaml': good('a: 1\nb: 2\n') });
    const run = () => resolveConfig(join(folder, 'config.yaml'), { ...relaxed, strict: true });
    expect(run).toThrow(EdgeError);
    expect(run).toThrow(/config\.yaml has 2 problems:\n.*a: unknown key.*\n.*b: unknown key/);
  });
});

describe('the copy', () => {
  test('of another file does not count', async () => {
    const { folder } = await startedOnce();
    writeFileSync(join(folder, 'other.yaml'), good('typo: 1\n'));
    const outcome = resolveConfig(join(folder, 'other.yaml'), relaxed);
    expect(outcome).toMatchObject({ source: 'minimal', noCopy: expect.stringContaining('a copy of another file') });
  });

  test('that is bad itself does not count', async () => {
    const { folder, file } = await startedOnce();
    const copy = lastGoodFile(join(folder, 'state'));
    writeFileSync(copy, readFileSync(copy, 'utf8').replace('version: 1', 'version: 0'));
    writeFileSync(file, good('typo: 1\n'));
    expect(resolveConfig(file, relaxed)).toMatchObject({
      source: 'minimal',
      noCopy: `${copy} is no longer valid either`,
    });
  });

  test('that can not be written is said, and nothing else is touched', async () => {
    const { folder, file, outcome } = await startedOnce();
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, '');
    const elsewhere = { ...outcome.loaded, config: { ...outcome.config, stateDir: blocked } };
    const kept = await keepLastGood(file, elsewhere);
    expect(kept).toMatchObject({ kept: false, reason: expect.stringContaining("can't write") });
  });

  test('survives a state folder that has become read-only', async () => {
    const { folder, file } = await startedOnce();
    chmodSync(join(folder, 'state'), 0o500);
    writeFileSync(file, good('typo: 1\n'));
    expect(resolveConfig(file, relaxed).source).toBe('last-good');
    chmodSync(join(folder, 'state'), 0o700);
  });
});
