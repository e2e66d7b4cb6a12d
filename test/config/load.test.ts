import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadConfig, loadText } from '../../src/config/load.js';
import { renderProblem } from '../../src/config/problem.js';
import { entryAt } from '../../src/config/tree.js';
import { context, folderWith } from './folder.js';

const GOOD = `version: 1
slots:
  main:
    package: models/rover
cameras:
  front:
    source: v4l2:/dev/video0
`;

function load(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const folder = folderWith(files);
  const result = loadConfig(join(folder, 'config.yaml'), context(env));
  const problems = result.ok
    ? []
    : result.problems.map((problem) => renderProblem(problem).replaceAll(`${folder}/`, ''));
  return { folder, result, problems, config: result.ok ? result.config : null };
}

describe('a good file', () => {
  test('gets every default, the serial of the board and absolute paths', () => {
    const { folder, config, problems } = load({ 'config.yaml': GOOD });
    expect(problems).toEqual([]);
    expect(config?.device).toEqual({ manufacturer: 'edgenext', serial: 'BOARD-7' });
    expect(config?.slots.main?.package).toBe(join(folder, 'models/rover'));
    expect(config?.mqtt).toBeNull();
    expect(config?.socket).toEqual({ path: '/run/edgenextd/results.sock', mode: '0660' });
    expect(config?.cameras.front).toMatchObject({
      slot: 'main',
      enabled: true,
      fit: null,
      publish: { results: 'change', maxHz: null, heartbeatS: 1 },
    });
  });

  test('conf.d is merged in the order of names: maps by key, lists and scalars replaced; each value knows its file', () => {
    const { folder, result } = load({
      'config.yaml': `${GOOD}log: {level: debug}\nmqtt: {url: "mqtt://one"}\n`,
      'conf.d/20-late.yaml': 'mqtt:\n  keepaliveS: 7\n',
      'conf.d/10-early.yaml': 'mqtt:\n  keepaliveS: 9\n  url: mqtt://two\nlog: {level: warn}\n',
      'conf.d/30-off.yaml': '# nothing here\n',
      'conf.d/notes.txt': 'not: [read',
    });
    expect(result.ok && result.config.mqtt).toMatchObject({ url: 'mqtt://two', keepaliveS: 7 });
    expect(result.ok && result.config.log.level).toBe('warn');
    const place = result.ok && entryAt(result.tree, ['mqtt', 'keepaliveS'])?.value.place;
    expect(place).toEqual({ file: join(folder, 'conf.d/20-late.yaml'), line: 2 });
  });

  test('variables are put in, also into lists, and the configured serial is the one that counts', () => {
    const { config } = load(
      {
        'config.yaml': `${GOOD.replace('v4l2:/dev/video0', 'rtsp://cam.${hostname}/${env:STREAM}')}
device: {serial: "unit-\${serial}"}
mqtt: {url: "mqtt://broker", clientId: "edge-\${serial}", username: u, password: "\${file:secret}"}
stateDir: /state/$\${x}
`,
        secret: 'hunter2\n',
      },
      { STREAM: 'live' },
    );
    expect(config?.device.serial).toBe('unit-BOARD-7');
    expect(config?.mqtt).toMatchObject({ clientId: 'edge-unit-BOARD-7', password: 'hunter2' });
    expect(config?.cameras.front?.source).toBe('rtsp://cam.rover/live');
    expect(config?.stateDir).toBe('/state/${x}');
  });

  test.each([
    ['images:frames?rate=20', 'frames?rate=20'],
    ['pipe:run/cam.sock', 'run/cam.sock'],
  ])('the path of %s starts at the folder of the file', (source, relative) => {
    const { folder, config } = load({ 'config.yaml': GOOD.replace('v4l2:/dev/video0', source) });
    expect(config?.cameras.front?.source).toBe(`${source.split(':')[0]}:${folder}/${relative}`);
  });
});

describe('what is wrong', () => {
  test('is told all at once, with file, line, path, expected, found and the nearest key', () => {
    const { problems } = load({
      'config.yaml': `version: 1
mqtt:
  url: http://broker
  keepalive: 30
  protocol: 3
  tls: {cert: a.pem}
slots:
  main:
    threads: "4"
cameras:
  Front:
    source: webcam:0
  rear:
    source: v4l2:/dev/video1
    slot: mian
    rotate: 45
    regions:
      lane: {x: 0.5, y: 0, width: 0.6, height: 1}
      lane: {x: 0.5, y: 0, width: 0.5, height: 1}
url: x
log: loud
`,
      'conf.d/10.yaml': 'device:\n  serial: a/b\n  manufacturer: ${hostnam}\nmqtt:\n  username: "${env:NOBODY}"\n',
    });
    expect(problems).toEqual([
      'config.yaml:3: mqtt.url: expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT]; found "http://broker"',
      'config.yaml:4: mqtt.keepalive: unknown key; did you mean "keepaliveS"?',
      'config.yaml:5: mqtt.protocol: expected 5 or 4 or "auto"; found 3',
      'config.yaml:8: slots.main.package: missing; expected text that is not empty',
      'config.yaml:9: slots.main.threads: expected a whole number from 1 to 256 or null; found "4"',
      'config.yaml:11: cameras.Front: not a possible name; expected 1 to 32 lower-case letters, digits and "_"',
      expect.stringContaining('config.yaml:12: cameras.Front.source: expected a URL with one of the schemes'),
      'config.yaml:15: cameras.rear.slot: there is no such slot; expected one of main; found "mian"; did you mean "main"?',
      'config.yaml:16: cameras.rear.rotate: expected 0 or 90 or 180 or 270; found 45',
      'config.yaml:19: cameras.rear.regions.lane: this key stands twice, first in line 18',
      'config.yaml:20: url: unknown key; did you mean "mqtt.url"?',
      'config.yaml:21: log: expected a map (key: value); found text',
      'conf.d/10.yaml:2: device.serial: expected 1 to 64 letters, digits, "_" and "-"; found "a/b"',
      'conf.d/10.yaml:3: device.manufacturer: unknown variable; there are ${serial}, ${hostname}, ${env:NAME}, ${file:PATH}; did you mean "hostname"?',
      'conf.d/10.yaml:5: mqtt.username: the environment variable NOBODY is not set',
    ]);
  });

  const mqtt = (lines: string) => `${GOOD}mqtt:\n  url: mqtt://broker\n${lines}`;
  test.each<[string, string, string]>([
    [
      'TLS without mqtts',
      mqtt('  tls: {ca: /ca.pem}\n'),
      'config.yaml:10: mqtt.tls: TLS is set, but url is not for TLS',
    ],
    [
      'half a client certificate',
      mqtt('  tls: {cert: /c.pem}\n').replace('mqtt://', 'mqtts://'),
      'config.yaml:10: mqtt.tls.cert: a client certificate without its private key',
    ],
    ['a password without a name', mqtt('  password: x\n'), 'config.yaml:10: mqtt.password: a password without a name'],
    [
      'a region out of the picture',
      `${GOOD}    regions: {all: {x: 0.5, y: 0, width: 0.6, height: 1}}\n`,
      'config.yaml:8: cameras.front.regions.all: reaches out of the picture; expected x + width at most 1; found 1.1',
    ],
    [
      'an odd capture width',
      `${GOOD}    capture: {width: 641, height: 480}\n`,
      ': cameras.front.capture.width: expected a whole number from 16 to 8192, even; found 641',
    ],
    ['a mode without quotes', `${GOOD}socket: {mode: 0660}\n`, 'config.yaml:8: socket.mode: expected text; found 660'],
    [
      'a missing secret',
      mqtt('  username: u\n  password: ${file:/nowhere/pw}\n'),
      "config.yaml:11: mqtt.password: can't read /nowhere/pw: it does not exist",
    ],
    ['a missing bracket', `${GOOD}log: {level: warn`, 'not valid YAML: wrong indentation, or a } or ] missing'],
    ['a missing quote', `${GOOD}log: {level: "warn}`, 'not valid YAML: a character is missing'],
    ['a tab', 'version: 1\nslots:\n\tmain: {}\n', 'config.yaml:3: not valid YAML: '],
    ['two documents', `${GOOD}---\n${GOOD}`, 'not valid YAML: a second document'],
    ['a list', '- 1\n', 'config.yaml:1: config.yaml is not a map; expected key: value'],
    ['an unclosed variable', `${GOOD}stateDir: /x/\${serial\n`, 'config.yaml:8: stateDir: a "${" without its "}"'],
    [
      'a space missing after a colon',
      `${GOOD}mqtt: {url: "mqtt://b", password:hunter2}\n`,
      'config.yaml:8: mqtt["password…"]: unknown key; is a ": " missing?; did you mean "password"?',
    ],
    [
      'a source that capture refuses',
      GOOD.replace('video0', 'video0?typo=1'),
      'config.yaml:7: cameras.front.source: v4l2:/dev/video0?typo=1 has an unknown option',
    ],
    ['an alias of its own parent', `${GOOD}a: &a [*a]\n`, 'config.yaml:8: a'],
    ['nothing', '', 'version: missing; expected 1'],
    ['__proto__', `${GOOD}__proto__: {a: 1}\n`, 'config.yaml:8: a key must be a text'],
  ])('%s', (_name, text, problem) => {
    expect(load({ 'config.yaml': text }).problems.join('\n')).toContain(problem);
  });

  test('one mistake is told once', () => {
    expect(
      load({ 'config.yaml': mqtt('  tls: {cert: /c.pem, key: 3}\n').replace('mqtt://', 'mqtts://') }).problems,
    ).toEqual(['config.yaml:10: mqtt.tls.key: expected text that is not empty or null; found 3']);
    expect(load({}).problems).toEqual(["config.yaml: can't be read: it does not exist"]);
  });

  test('what is allowed but hardly meant is a warning', () => {
    const { result } = load({ 'config.yaml': `${GOOD}    validForMs: 100\n    enabled: false\n` });
    expect(result.ok && result.warnings.map((warning) => warning.path)).toEqual([
      'cameras',
      'cameras.front.validForMs',
    ]);
  });
});

test('aliases may not multiply without bound, nor may nesting', () => {
  const bomb = Array.from(
    { length: 12 },
    (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : Array(9).fill(`*a${i - 1}`)}]`,
  ).join('\n');
  expect(load({ 'config.yaml': bomb }).problems.join()).toContain('more than 500 aliases');
  expect(load({ 'config.yaml': '['.repeat(100_000) }).problems.length).toBeGreaterThan(0);
});

describe('whatever stands in the file', () => {
  const words = fc.constantFrom(
    'version: 1',
    'mqtt:',
    '  url: mqtt://h',
    'cameras:',
    '  a: {source: x}',
    '- b',
    '{',
    ']',
    '"',
    '&a',
    '*a',
    '!!int x',
    '? ',
    ': ',
    '\t',
    '${',
    '}',
    '---',
    '<<: *a',
    '${env:A}',
    'null',
    '|',
    '>-',
    '#',
    'slots: {main: {package: p}}',
  );
  test('loading answers and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(words, { maxLength: 12 }).map((lines) => lines.join('\n')),
        ),
        (text) => {
          const result = loadText(text, 'x.yaml', '/', context());
          expect(result.ok || result.problems.length > 0).toBe(true);
          if (!result.ok) expect(result.rest.device.serial).toMatch(/^[A-Za-z0-9_-]+$/);
        },
      ),
      { numRuns: 250 },
    );
  });
});
