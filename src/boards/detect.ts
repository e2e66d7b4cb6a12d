/**
 * What board this is, from the device tree; asked once at the start. Never throws: what it does not know it calls
 * generic Linux. A board that can not run the daemon has a refusal in words; what is only unknown has a warning.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationError } from '../errors.js';
import { readJetPack } from './jetpack.js';

type BoardFamily =
  | 'pi-zero-2'
  | 'pi-3'
  | 'pi-4'
  | 'pi-5'
  | 'jetson-xavier'
  | 'jetson-orin'
  | 'jetson-thor'
  | 'older-pi'
  | 'older-jetson'
  | 'unknown-jetson'
  | 'generic';

export interface Board {
  readonly family: BoardFamily;
  /** As the board calls itself: `NVIDIA Jetson Orin Nano Developer Kit`. */
  readonly model: string | null;
  /** Of the device tree's `compatible`: `tegra234`, `bcm2712`. */
  readonly soc: string | null;
  readonly l4t: string | null;
  readonly jetpack: string | null;
  readonly warnings: readonly string[];
  /** Why the daemon does not run here and what to do instead; null where it does. */
  readonly refusal: string | null;
}

const SOCS: ReadonlyArray<readonly [soc: string, family: BoardFamily]> = [
  ['bcm2712', 'pi-5'],
  ['bcm2711', 'pi-4'],
  ['bcm2837', 'pi-3'],
  ['bcm2836', 'older-pi'],
  ['bcm2835', 'older-pi'],
  ['tegra264', 'jetson-thor'],
  ['tegra234', 'jetson-orin'],
  ['tegra194', 'jetson-xavier'],
  ['tegra186', 'older-jetson'],
  ['tegra210', 'older-jetson'],
];

export const isJetson = (board: Board): boolean => board.family.includes('jetson');

export const isPi = (board: Board): boolean => board.family.includes('pi');

export function detectBoard(root = '/', architecture: string = process.arch): Board {
  const compatible = (deviceTree(root, 'compatible') ?? '').split('\0').filter(Boolean);
  const model = deviceTree(root, 'model')?.replace(/\0+$/, '').trim() || null;
  const { soc, family } = familyOf(compatible, model);
  const isTegra = family.includes('jetson');
  const { l4t, jetpack, warning } = isTegra
    ? readJetPack(read(root, 'etc/nv_tegra_release'), () => read(root, 'var/lib/dpkg/status'))
    : { l4t: null, jetpack: null, warning: null };
  const warnings = [
    family === 'unknown-jetson'
      ? `the chip ${soc} is newer than this program; sensors are looked for all the same`
      : null,
    warning,
  ].filter((text) => text !== null);
  const name = model ?? soc ?? 'this board';
  return { family, model, soc, l4t, jetpack, warnings, refusal: refuse(family, name, jetpack, architecture) };
}

/** Throws a configuration error (`board-unsupported`) with the refusal's words: another start would not mend it. */
export function requireSupported(board: Board): void {
  const { family, model, jetpack, refusal } = board;
  if (refusal !== null) throw configurationError('board-unsupported', refusal, { family, model, jetpack });
}

function familyOf(compatible: readonly string[], model: string | null): { soc: string | null; family: BoardFamily } {
  const socs = compatible.map((entry) => entry.split(',').at(-1) ?? '');
  const known = SOCS.find(([soc]) => socs.includes(soc));
  if (known !== undefined) {
    const [soc, family] = known;
    return { soc, family: family === 'pi-3' && /zero 2/i.test(model ?? '') ? 'pi-zero-2' : family };
  }
  const tegra = socs.find((soc) => /^tegra\d/.test(soc));
  if (tegra !== undefined) return { soc: tegra, family: 'unknown-jetson' };
  return { soc: socs.at(-1) ?? null, family: 'generic' };
}

function refuse(family: BoardFamily, name: string, jetpack: string | null, architecture: string): string | null {
  if (architecture === 'arm') {
    return `${name} runs a 32-bit system; edgenextd needs a 64-bit one, as its inference runtime does: install the 64-bit image (arm64)`;
  }
  if (family === 'older-pi') {
    return `${name} has a 32-bit processor; edgenextd needs a Raspberry Pi 3, 4, 5, Zero 2 W or a Compute Module 3 or newer with a 64-bit system`;
  }
  if (family === 'older-jetson') {
    return `${name} ends at JetPack 4, whose system is too old for the inference runtime; edgenextd needs a Jetson Xavier, Orin or Thor with JetPack 5 or newer`;
  }
  if (jetpack === '4.x') {
    return `${name} runs JetPack 4, whose system is too old for the inference runtime; install JetPack 5 or newer`;
  }
  return null;
}

const deviceTree = (root: string, property: string): string | null =>
  read(root, `proc/device-tree/${property}`) ?? read(root, `sys/firmware/devicetree/base/${property}`);

function read(root: string, path: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return null;
  }
}
