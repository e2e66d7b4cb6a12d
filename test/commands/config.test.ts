import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configCheck, configSchemaCommand, configShow } from '../../src/commands/config.js';
import { keepLastGood, resolveConfig } from '../../src/config/last-good.js';
import { loadConfig } from '../../src/config/load.js';
import { renderProblem } from '../../src/config/problem.js';
import { context, folderWith } from '../config/folder.js';

const SECRETS = ['hunter2', 'swordfish', 'xyzzy', 'plugh', 'opensesame'];
const env = { CAMERA: 'rtsp://10.0.0.9/user=admin_password=xyzzy_channel=1', SLOT: 'plugh' };
const text = `version: 1
mqtt: {url: "mqtts://broker", username: robot, password: "\${file:pw}"}
slots: {main: {package: models/rover, threads: 2}}
cameras:
  front: {source: "rtsp://admin:swordfish@10.0.0.8/live?token=opensesame"}
  rear: {source: "\${env:CAMERA}"}
`;

let output = '';
const write = (more: string): void => {
  output += more;
};
beforeEach(() => {
  output = '';
});

const folderOf = (extra = '') => folderWith({ 'config.yaml': text + extra, pw: 'hunter2\n' });
const fileOf = (extra = '') => join(folderOf(extra), 'config.yaml');
const noSecretIn = (shown: string) => expect(SECRETS.filter((secret) => shown.includes(secret))).toEqual([]);

describe('config check', () => {
  test('says OK, what the file means, and what can not be read now', () => {
    expect(configCheck(fileOf(), write, context(env))).toBe(0);
    expect(output).toMatch(/config\.yaml: OK\n/);
    expect(output).toContain('device edgenext/BOARD-7');
    expect(output).toContain('camera front: rtsp://***@10.0.0.8/live?token=*** -> slot main');
    expect(output).toMatch(/warning: .*config\.yaml:3: slots\.main\.package: can't read the manifest\.json there/);
    noSecretIn(output);
  });

  test('names every problem and exits 78', () => {
    expect(configCheck(fileOf('log: {levle: info}\nsocket: 3\n'), write, context(env))).toBe(78);
    expect(output).toContain('has 2 problems:');
    expect(output).toContain('config.yaml:7: log.levle: unknown key; did you mean "level"?');
    expect(output).toContain('config.yaml:8: socket: expected a map (key: value) or null; found 3');
    noSecretIn(output);
  });
});

describe('config show', () => {
  test('is YAML of the effective configuration; secrets are masked, values from outside stay as written', () => {
    expect(configShow(fileOf(), { origin: false }, write, context(env))).toBe(0);
    expect(parse(output)).toMatchObject({
      device: { manufacturer: 'edgenext', serial: 'BOARD-7' },
      mqtt: { url: 'mqtts://broker', username: 'robot', password: '***', keepaliveS: 30 },
      cameras: { front: { source: 'rtsp://***@10.0.0.8/live?token=***' }, rear: { source: '${env:CAMERA}' } },
    });
    noSecretIn(output);
  });

  test('with --origin says where each value stands', () => {
    const file = fileOf();
    configShow(file, { origin: true }, write, context(env));
    expect(output).toContain(`    threads: 2 # ${file}:3\n`);
    expect(output).toContain(`  password: "***" # ${file}:2\n`);
    expect(output).toMatch(/keepaliveS: 30 # default\n/);
    expect(output).toContain('      - cpu # default\n');
    expect(output).not.toMatch(/: #/);
    noSecretIn(output);
  });
});

test('config schema is JSON Schema of what may be written, and marks the password', () => {
  expect(configSchemaCommand(write)).toBe(0);
  const schema = JSON.parse(output);
  expect(schema.required).toEqual(['version']);
  expect(schema.additionalProperties).toBe(false);
  expect(output).toContain('"writeOnly": true');
});

describe('no secret gets out', () => {
  test.each<[string, string]>([
    ['a password of the wrong type', 'mqtt: {url: "mqtts://b", password: [hunter2]}'],
    ['a literal password that is a number', 'mqtt: {url: "mqtts://b", username: u, password: 5551234}'],
    ['a password in a misspelt key', 'mqtt: {url: "mqtts://b", pasword: hunter2}'],
    ['a password in the URL of a wrong scheme', 'mqtt: {url: "amqp://u:hunter2@b"}'],
    ['a password with an @ and a slash', 'mqtt: {url: "amqp://u:sword/fish@hunter2@b"}'],
    ['a URL where a map belongs', 'mqtt: "mqtts://u:hunter2@b"'],
    ['a value from the environment that does not fit', 'slots: {main: {package: x, threads: "${env:SLOT}"}}'],
    ['a value from a file that does not fit', 'device: {serial: "${file:pw}/${file:pw}"}'],
    [
      'a slot name from the environment',
      'slots: {main: {package: x}}\ncameras: {a: {source: "pipe:x", slot: "${env:SLOT}"}}',
    ],
    ['broken YAML in a password', 'mqtt: {url: "mqtts://b", password: "hunter2\\q"}'],
    ['an unclosed quote', 'mqtt: {url: "mqtts://b", password: "hunter2}'],
    ['a password that starts like YAML', 'mqtt: {url: "mqtts://b", password: @hunter2 }'],
    ['garbage after a password', 'mqtt: {url: "mqtts://b", password: "x" hunter2}'],
    ['no space after the colon', 'mqtt: {url: "mqtts://b", password:hunter2}'],
    ['no colon', 'mqtt:\n  url: mqtts://b\n  password hunter2'],
    ['no colon and no other key', 'mqtt:\n  password\n    hunter2'],
    ['a source from the environment that capture refuses', 'cameras: {a: {source: "pipe:${env:SLOT}?typo=1"}}'],
    ['a tag', 'mqtt: {url: "mqtts://b", password: !hunter2 x}'],
    ['an alias', 'mqtt: {url: "mqtts://b", password: *hunter2}'],
  ])('with %s', (_name, body) => {
    const folder = folderWith({ 'config.yaml': `version: 1\n${body}\n`, pw: 'hunter2\n' });
    const file = join(folder, 'config.yaml');
    const loaded = loadConfig(file, context(env));
    const problems = loaded.ok ? loaded.warnings : loaded.problems;
    expect(loaded.ok).toBe(false);
    noSecretIn(JSON.stringify(problems) + problems.map(renderProblem).join('\n'));
    configCheck(file, write, context(env));
    configShow(file, { origin: true }, write, context(env));
    noSecretIn(output);
    expect(output).not.toContain('5551234');
  });

  test('nor into the last good copy, from the environment or from files', async () => {
    const file = fileOf();
    const outcome = resolveConfig(file, { context: context(env), strict: true });
    if (outcome.source !== 'file') throw new Error('expected the file');
    const kept = await keepLastGood(file, { ...outcome.loaded, config: { ...outcome.config, stateDir: folderWith() } });
    if (!kept.kept) throw new Error(kept.reason);
    expect(loadConfig(kept.copy, context(env)).ok).toBe(false);
  });
});
