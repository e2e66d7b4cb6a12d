import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { applySettings, nameOf, type Setting, settingsIn } from '../../src/config/overlay.js';
import { overlayFile, readOverlay, writeOverlay } from '../../src/config/overlay-file.js';
import { configSchema } from '../../src/config/schema.js';

const stateDir = mkdtempSync(join(tmpdir(), 'edgenextd-overlay-'));
afterAll(() => rmSync(stateDir, { recursive: true }));

const config = configSchema.parse({
  version: 1,
  stateDir,
  device: { serial: 's' },
  mqtt: { url: 'mqtt://127.0.0.1' },
  slots: { main: { package: '/p' } },
  cameras: { front: { source: 'synthetic:', decide: { classes: { 'stop sign': { minScore: 0.2 } } } } },
});
const codeOf = (work: () => unknown): unknown => {
  try {
    work();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('what can be set', () => {
  it.each([
    [{ log: { level: 'debug' } }, ['log.level']],
    [{ mqtt: { stateIntervalS: 5 } }, ['mqtt.stateIntervalS']],
    [{ cameras: { front: { enabled: false, fps: null } } }, ['cameras.front.enabled', 'cameras.front.fps']],
    [
      { cameras: { front: { decide: { minScore: 0.5, classes: { 'stop sign': { holdMs: 100 } } } } } },
      ['cameras.front.decide.minScore', 'cameras.front.decide.classes["stop sign"].holdMs'],
    ],
    [
      { cameras: { front: { publish: { results: 'every', maxHz: 5 } } } },
      ['cameras.front.publish.results', 'cameras.front.publish.maxHz'],
    ],
  ])('%j', (part, names) => {
    const settings = settingsIn(part, config);
    expect(settings.map(nameOf)).toEqual(names);
    const applied = applySettings(config, settings);
    expect(applied).not.toEqual(config);
    expect(applied.cameras.front?.decide.classes['stop sign']?.minScore).toBe(0.2);
  });

  it.each([
    ['nothing', {}],
    ['a section', { log: {} }],
    ['a text', 'log'],
    ['nothing in a camera', { cameras: { front: null } }],
    ['the broker', { mqtt: { url: 'mqtt://evil' } }],
    ['the password', { mqtt: { password: 'x' } }],
    ['what may be commanded', { commands: { allow: ['restart'] } }],
    ['a list', { log: { level: ['debug'] } }],
    ['a source', { cameras: { front: { source: 'video:/etc/shadow' } } }],
    ['a camera that there is not', { cameras: { rear: { fps: 1 } } }],
    ['a camera named like something else', { cameras: { constructor: { fps: 1 } } }],
    ['a prototype', JSON.parse('{"cameras":{"__proto__":{"fps":1}}}')],
    ['the wrong along with the right', { log: { level: 'debug' }, stateDir: '/' }],
  ])('not %s', (_, part) => {
    expect(codeOf(() => settingsIn(part, config))).toBe('not-settable');
  });

  it('is no mqtt where there is none', () => {
    const part = { mqtt: { stateIntervalS: 5 } };
    expect(codeOf(() => settingsIn(part, { ...config, mqtt: null }))).toBe('not-settable');
  });

  it.each([
    [{ log: { level: 'loud' } }, /log\.level: expected "error"/],
    [{ cameras: { front: { fps: 0 } } }, /cameras\.front\.fps: expected a number above 0 to 240 or null; found 0/],
    [{ cameras: { front: { enabled: 'yes' } } }, /cameras\.front\.enabled: expected true or false; found "yes"/],
    [{ cameras: { front: { decide: { minScore: 1.1 } } } }, /minScore/],
  ])('but only as the file may say it: %j', (part, message) => {
    const settings = settingsIn(part, config);
    expect(() => applySettings(config, settings)).toThrow(message);
    expect(codeOf(() => applySettings(config, settings))).toBe('setting-invalid');
  });

  it('never anything else, whatever is asked', () => {
    const key = fc.oneof(
      fc.constantFrom('cameras', 'front', 'log', 'level', 'fps', 'decide', 'classes', 'source', 'mqtt', 'url', '*'),
      fc.string(),
    );
    const { part } = fc.letrec((tie) => ({
      part: fc.oneof({ maxDepth: 7 }, fc.jsonValue({ maxDepth: 1 }), fc.dictionary(key, tie('part'), { maxKeys: 3 })),
    }));
    fc.assert(
      fc.property(part, (asked) => {
        let settings: Setting[];
        try {
          settings = settingsIn(asked, config);
        } catch (error) {
          expect((error as { code: string }).code).toBe('not-settable');
          return;
        }
        for (const setting of settings) expect(nameOf(setting)).toMatch(/^(log|mqtt|cameras)\./);
        const rest = { ...config, log: null, cameras: null, mqtt: { ...config.mqtt, stateIntervalS: null } };
        try {
          const applied = applySettings(config, settings);
          expect({ ...applied, log: null, cameras: null, mqtt: { ...applied.mqtt, stateIntervalS: null } }).toEqual(
            rest,
          );
          expect(applied.cameras.front?.source).toBe('synthetic:');
        } catch (error) {
          expect((error as { code: string }).code).toBe('setting-invalid');
        }
      }),
    );
  });
});

describe('the file', () => {
  const settings = settingsIn(
    {
      log: { level: 'debug' },
      cameras: { front: { fps: null, decide: { classes: { 'a.b: c': { minScore: 0.25 } } } } },
    },
    config,
  );

  it('keeps what was set, for people too, and goes when nothing is', async () => {
    await writeOverlay(stateDir, settings);
    expect(readFileSync(overlayFile(stateDir), 'utf8')).toMatch(/^# Set by commands.*\n.*\nlog:\n {2}level: debug\n/);
    expect(readOverlay(config)).toEqual({ settings, ignored: [] });
    await writeOverlay(stateDir, []);
    expect(readOverlay(config)).toEqual({ settings: [], ignored: [] });
  });

  it.each([
    ['one that does not fit alone', 'log: {level: loud}\ncameras: {front: {fps: 5}, rear: {fps: 5}}\n', 1, 2],
    ['what could not be set', 'mqtt: {url: mqtt://evil}\nlog: {level: warn}\n', 1, 1],
    ['no YAML at all', 'log: {', 0, 1],
    ['a list', '- 1\n', 0, 1],
    ['nothing', '', 0, 0],
  ])('leaves out %s', (_, text, kept, ignored) => {
    writeFileSync(overlayFile(stateDir), text);
    const read = readOverlay(config);
    expect([read.settings.length, read.ignored.length]).toEqual([kept, ignored]);
    rmSync(overlayFile(stateDir));
  });

  it('that can not be written says so', async () => {
    const blocked = join(stateDir, 'blocked');
    writeFileSync(blocked, '');
    await expect(writeOverlay(blocked, settings)).rejects.toMatchObject({ code: 'state-dir-unwritable' });
  });
});
