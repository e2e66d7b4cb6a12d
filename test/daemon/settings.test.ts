import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type ConfigOutcome, resolveConfig } from '../../src/config/last-good.js';
import { overlayFile } from '../../src/config/overlay-file.js';
import type { Config } from '../../src/config/schema.js';
import { Settings } from '../../src/daemon/settings.js';
import { ConditionRegistry } from '../../src/health/registry.js';
import { silentLogger } from '../../src/log.js';
import { FakeClock } from '../fakes/clock.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgenextd-settings-'));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const FILE = {
  version: 1,
  stateDir: 'state',
  slots: { main: { package: '/p' } },
  cameras: { front: { source: 'synthetic:', fps: 10 } },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own syntax
  log: { level: '${env:LEVEL}' },
};

function create(file: object = FILE) {
  const path = join(folder, 'config.yaml');
  writeFileSync(path, JSON.stringify(file));
  const env = { LEVEL: 'info' };
  const context = { serial: 's', hostname: 'h', env, checkSource: () => null };
  const outcome: ConfigOutcome = resolveConfig(path, { context, strict: false });
  const clock = new FakeClock();
  const conditions = new ConditionRegistry(clock);
  const applied: [Config, Config][] = [];
  const apply = (before: Config, now: Config) => {
    applied.push([before, now]);
    return Promise.resolve();
  };
  const settings = new Settings({ outcome, conditions, clock, log: silentLogger, apply });
  settings.load();
  const pass = async (seconds: number) => {
    clock.advanceMs(seconds * 1000);
    await vi.advanceTimersByTimeAsync(seconds * 1000);
  };
  const fps = () => settings.current().cameras.front?.fps;
  return { settings, conditions, applied, pass, fps, file: overlayFile(join(folder, 'state')) };
}

const fpsIs = (fps: number) => ({ cameras: { front: { fps } } });
const forNow = { persist: false, ttl: null };
const kept = { persist: true, ttl: null };

it('holds what is set until its time is over, and then what it stood over', async () => {
  const { settings, pass, fps, applied } = create();
  await settings.set(fpsIs(5), kept);
  await settings.set(fpsIs(2), { persist: false, ttl: 60 });
  await settings.set({ log: { level: 'debug' } }, { persist: false, ttl: 5000 });
  expect([fps(), settings.list().length]).toEqual([2, 2]);
  await pass(60);
  expect([fps(), settings.current().log.level]).toEqual([5, 'debug']);
  await pass(4941);
  expect(settings.current().log.level).toBe('info');
  expect(settings.list()).toMatchObject([{ path: 'cameras.front.fps', value: 5, persistent: true, untilNs: null }]);
  expect(applied.at(-1)?.map((config) => config.log.level)).toEqual(['debug', 'info']);
  expect(vi.getTimerCount()).toBe(0);
});

it('brings what was kept back after a restart, and nothing else', async () => {
  const first = create();
  await first.settings.set(fpsIs(5), kept);
  await first.settings.set({ log: { level: 'debug' } }, forNow);
  expect(readFileSync(first.file, 'utf8')).not.toContain('level');
  const second = create();
  expect([second.fps(), second.settings.current().log.level]).toEqual([5, 'info']);
  expect(second.settings.shown().cameras.front?.fps).toBe(5);
  await second.settings.reset(null);
  expect([second.fps(), existsSync(second.file)]).toEqual([10, false]);
});

it('shows what is in force, also over a variable', async () => {
  const { settings } = create();
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own syntax
  expect(settings.shown().log.level).toBe('${env:LEVEL}');
  await settings.set({ log: { level: 'warn' } }, forNow);
  expect(settings.shown().log.level).toBe('warn');
});

it('changes nothing when a part of it is wrong or it can not be kept', async () => {
  const { settings, applied, fps } = create();
  const wrong = { log: { level: 'debug' }, cameras: { front: { fps: 0 } } };
  await expect(settings.set(wrong, forNow)).rejects.toMatchObject({ code: 'setting-invalid' });
  writeFileSync(join(folder, 'state'), 'a file where the folder should be');
  await expect(settings.set(fpsIs(5), kept)).rejects.toMatchObject({ code: 'state-dir-unwritable' });
  await expect(settings.reset(['cameras.front.fps'])).rejects.toMatchObject({ code: 'not-set' });
  expect([fps(), settings.list(), applied]).toEqual([10, [], []]);
});

it('says what of the kept no longer fits, and goes on with the rest', () => {
  mkdirSync(join(folder, 'state'));
  writeFileSync(overlayFile(join(folder, 'state')), 'cameras: {front: {fps: 3}, gone: {fps: 3}}\n');
  const { conditions, fps } = create();
  expect(fps()).toBe(3);
  expect(conditions.snapshot()).toMatchObject([{ id: 'settings-ignored', references: { count: 1 } }]);
});

it('has an end', async () => {
  const { settings } = create();
  const classes = (from: number) =>
    Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`c${from + n}`, { minScore: 0.5 }]));
  await settings.set({ cameras: { front: { decide: { classes: classes(0) } } } }, forNow);
  const more = { cameras: { front: { decide: { classes: classes(200) } } } };
  await expect(settings.set(more, forNow)).rejects.toMatchObject({ code: 'too-many-settings' });
});

it('neither sets nor shows where the configuration is not to be had', async () => {
  const { settings } = create({ ...FILE, cameras: 7 });
  await expect(settings.set(fpsIs(5), kept)).rejects.toMatchObject({ code: 'no-configuration' });
  expect(() => settings.shown()).toThrow(expect.objectContaining({ code: 'no-configuration' }));
});
