/**
 * Who this board is and whether its clock can be believed. Reads a few tiny files under a root that tests replace;
 * never throws, never starts a process. What a board does not say is null, never guessed.
 */
import { readFileSync } from 'node:fs';
import { hostname as systemHostname } from 'node:os';
import { join } from 'node:path';

export interface Identity {
  /** Fit for one level of a topic: letters, digits, `_` and `-`, at most 64. */
  readonly serial: string;
  readonly serialSource: 'device-tree' | 'cpuinfo' | 'dmi' | 'hostname';
  readonly hostname: string;
  /** Changes with every boot of the kernel; tells whose monotonic clock a stamp is of. */
  readonly bootId: string | null;
  /** Set when the serial is not the board's own, for people. */
  readonly warning: string | null;
}

/** Never the machine id: boards whose cards were cloned share it. */
const SERIAL_FILES = [
  ['device-tree', 'proc/device-tree/serial-number'],
  ['device-tree', 'sys/firmware/devicetree/base/serial-number'],
  ['cpuinfo', 'proc/cpuinfo'],
  ['dmi', 'sys/class/dmi/id/product_serial'],
] as const;

/** What vendors leave in when they do not fill it in. */
const PLACEHOLDER =
  /^(0*|none|unknown|default.*|to.be.filled.*|not.(specified|applicable|available)|system.serial.*|0?123456789.*)$/i;

export function readIdentity(root = '/', hostname = systemHostname()): Identity {
  const bootId = readText(root, 'proc/sys/kernel/random/boot_id');
  for (const [serialSource, path] of SERIAL_FILES) {
    const text = readText(root, path);
    const raw = serialSource === 'cpuinfo' ? /^Serial\s*:\s*(\S+)/m.exec(text ?? '')?.[1] : text;
    if (raw === undefined || raw === null || PLACEHOLDER.test(raw)) continue;
    const serial = topicSafe(raw);
    if (serial !== '') return { serial, serialSource, hostname, bootId, warning: null };
  }
  const serial = topicSafe(hostname) || 'unnamed';
  const warning = `this board has no serial number of its own, so its host name stands in: "${serial}"; set device.serial if other boards may have the same`;
  return { serial, serialSource: 'hostname', hostname, bootId, warning };
}

function topicSafe(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
}

/** A text of the device tree ends with a NUL, one of /proc with a newline. null: not there, not readable or empty. */
function readText(root: string, path: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8').replace(/\0/g, '').trim() || null;
  } catch {
    return null;
  }
}
