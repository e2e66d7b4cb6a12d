import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { isClockSynchronized } from '../../src/boards/clock-sync.js';
import { readIdentity } from '../../src/boards/identity.js';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function rootWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'edgenextd-root-'));
  roots.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const CPUINFO = 'processor\t: 0\nRevision\t: c03115\nSerial\t\t: 10000000abcdef12\nModel\t\t: Raspberry Pi 4\n';

describe('the serial', () => {
  test.each<[string, Record<string, string>, string, string]>([
    ['a Jetson or Pi 5', { 'proc/device-tree/serial-number': '1421623012345\0' }, '1421623012345', 'device-tree'],
    ['without /proc/device-tree', { 'sys/firmware/devicetree/base/serial-number': 'aa-01\0' }, 'aa-01', 'device-tree'],
    ['an older Pi', { 'proc/cpuinfo': CPUINFO }, '10000000abcdef12', 'cpuinfo'],
    ['a PC', { 'sys/class/dmi/id/product_serial': 'PF 3/X+#\n' }, 'PF-3-X', 'dmi'],
    ['a placeholder', { 'sys/class/dmi/id/product_serial': 'To be filled by O.E.M.\n' }, 'rover-2-lan', 'hostname'],
    [
      'zeros',
      { 'proc/device-tree/serial-number': '0000000000000000\0', 'proc/cpuinfo': CPUINFO },
      '10000000abcdef12',
      'cpuinfo',
    ],
    ['cloned machine id', { 'etc/machine-id': '3d1219c7c4c5404aaa1f6d2a48adfda4\n' }, 'rover-2-lan', 'hostname'],
  ])('of %s', (_name, files, serial, serialSource) => {
    const identity = readIdentity(rootWith(files), 'rover-2.lan');
    expect(identity).toMatchObject({ serial, serialSource, hostname: 'rover-2.lan' });
    expect(identity.warning === null).toBe(serialSource !== 'hostname');
  });

  test('is one level of a topic, whatever the board says', () => {
    const root = rootWith({ 'proc/device-tree/serial-number': '' });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, hostname) => {
        writeFileSync(join(root, 'proc/device-tree/serial-number'), text);
        expect(readIdentity(root, hostname).serial).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      }),
      { numRuns: 60 },
    );
  });
});

test('the boot id is the kernel’s, or null', () => {
  const root = rootWith({ 'proc/sys/kernel/random/boot_id': 'e3d4ff8d-659e-42f4-894d-7d88f808585b\n' });
  expect(readIdentity(root).bootId).toBe('e3d4ff8d-659e-42f4-894d-7d88f808585b');
  expect(readIdentity(rootWith({})).bootId).toBeNull();
});

describe('the clock', () => {
  const now = Date.UTC(2026, 5, 1);
  test.each<[string, Record<string, string>, number, boolean | null]>([
    ['was never set', { 'run/systemd/timesync/synchronized': '' }, 0, false],
    ['follows a server', { 'run/systemd/timesync/synchronized': '' }, now, true],
    ['has not heard of one yet', { 'run/systemd/timesync/clock': '' }, now, false],
    ['is somebody else’s business', {}, now, null],
  ])('%s', (_name, files, wallMs, synchronized) => {
    expect(isClockSynchronized(wallMs, rootWith(files))).toBe(synchronized);
  });
});
