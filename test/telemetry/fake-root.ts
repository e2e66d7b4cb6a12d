import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with files of /proc and /sys as a kernel writes them. */
export interface FakeRoot {
  readonly path: string;
  write(file: string, text: string): void;
  link(file: string, target: string): void;
}

export function fakeRoot(files: Readonly<Record<string, string>> = {}): FakeRoot {
  const path = mkdtempSync(join(tmpdir(), 'edgenextd-root-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  return {
    path,
    write,
    link(file, target) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      symlinkSync(target, join(path, file));
    },
  };
}

/** Of a Pi 4 with its card, as Raspberry Pi OS shows them. */
export const PI_FILES = {
  'proc/stat': 'cpu  1000 50 300 8000 100 0 50 0 0 0\ncpu0 250 12 75 2000 25 0 12 0 0 0\nintr 1\n',
  'proc/loadavg': '0.42 0.30 0.21 2/201 4711\n',
  'proc/meminfo':
    'MemTotal:        3884952 kB\nMemFree:          812000 kB\nMemAvailable:    2913000 kB\nSwapTotal:        102396 kB\nSwapFree:          92396 kB\n',
  'proc/net/dev': [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    '    lo: 9999999   10    0    0    0     0          0         0 9999999   10    0    0    0     0       0          0',
    '  eth0: 1000000  900    0    0    0     0          0         0  200000  800    0    0    0     0       0          0',
    ' wlan0:5000    9    0    0    0     0          0         0    3000    8    0    0    0     0       0          0',
    'docker0: 777777  9    0    0    0     0          0         0  777777    8    0    0    0     0       0          0',
    '',
  ].join('\n'),
  'sys/class/net/eth0/device': '',
  'sys/class/net/wlan0/device': '',
  'proc/self/mountinfo': [
    '22 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw',
    '23 22 0:21 / /proc rw - proc proc rw',
    '24 22 179:1 / /boot/firmware rw - vfat /dev/mmcblk0p1 rw',
    '25 22 8:1 / /mnt/big\\040disk rw - ext4 /dev/sda1 rw',
    '26 22 0:40 / /var/lib/volatile rw - tmpfs tmpfs rw',
    '',
  ].join('\n'),
  'sys/devices/mmc/mmcblk0/stat': '  100 0 2000 50 300 0 40960 70 0 60 120 0 0 0 0\n',
  'sys/devices/mmc/mmcblk0/mmcblk0p2/stat': '  90 0 1900 50 250 0 20000 70 0 60 120 0 0 0 0\n',
  'sys/devices/mmc/mmcblk0/mmcblk0p2/partition': '2\n',
  'sys/devices/usb/sda/stat': '  1 0 2 5 3 0 8192 7 0 6 12 0 0 0 0\n',
  'sys/devices/usb/sda/sda1/stat': '  1 0 2 5 3 0 4096 7 0 6 12 0 0 0 0\n',
  'sys/devices/usb/sda/sda1/partition': '1\n',
} as const;

export function piRoot(): FakeRoot {
  const root = fakeRoot(PI_FILES);
  root.link('sys/dev/block/179:2', '../../devices/mmc/mmcblk0/mmcblk0p2');
  root.link('sys/dev/block/8:1', '../../devices/usb/sda/sda1');
  for (const folder of ['mnt/big disk/state', 'var/lib/edgenextd', 'var/lib/volatile'])
    root.write(`${folder}/.keep`, '');
  return root;
}
