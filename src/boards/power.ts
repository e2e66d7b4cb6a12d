import { type Board, isJetson } from './detect.js';
import type { PmicReading } from './pmic.js';
import { PMIC_BLIND_SPOT } from './pmic.js';
import { estimatePower } from './power-estimate.js';
import type { Rail } from './rails.js';
import { isKnown, type Reading, unknown } from './reading.js';

/** The board's power and where it is measured. */
export interface PowerTotal {
  readonly total: Reading;
  readonly kind: 'measured' | 'estimate' | 'none';
  /** The measuring point, with what it can not see. */
  readonly measures: string | null;
  /** Of an estimate; a measured total has its sensor's error. */
  readonly errorPercent: number | null;
}

export interface PowerSources {
  readonly rails: readonly Rail[];
  readonly external: readonly Rail[];
  readonly pmic: PmicReading | null;
  readonly utilisation: Reading;
}

/** Rails that are the whole input: the others are parts of it and must not be added (jetson_stats#51). */
const INPUT_RAILS: Readonly<Record<string, string>> = {
  VDD_IN: 'module input, without the carrier board, cameras and USB devices fed before it',
  VIN: 'carrier board input',
};

/**
 * AGX modules have no input rail; these together are the module. VDDQ_VDD2_1V8AO of an AGX Orin is left out: its monitor
 * stands at 5 V, behind VIN_SYS_5V0.
 */
const WHOLE_SETS: ReadonlyArray<readonly string[]> = [
  ['VDD_GPU_SOC', 'VDD_CPU_CV', 'VIN_SYS_5V0'],
  ['GPU', 'CPU', 'SOC', 'CV', 'VDDRQ', 'SYS5V'],
];

/** The first that fits: an input rail, the AGX rails, a Pi 5's power chip, one external monitor, an estimate. */
export function chooseTotal(board: Board, { rails, external, pmic, utilisation }: PowerSources): PowerTotal {
  const measured = (total: Reading, measures: string): PowerTotal => ({
    total,
    kind: 'measured',
    measures,
    errorPercent: null,
  });
  const own = isJetson(board) ? [...rails, ...external] : rails;
  const input = own.find(({ name }) => name in INPUT_RAILS);
  if (input !== undefined) return measured(input.power, INPUT_RAILS[input.name] ?? input.name);
  const set = WHOLE_SETS.find((names) => names.every((name) => rails.some((rail) => rail.name === name)));
  if (set !== undefined) {
    return measured(sum(set, rails), `module rails ${set.join(' + ')}, without the carrier board`);
  }
  if (pmic !== null && pmic.rails.length > 0) return measured(pmic.sum, `sum of the board’s rails, ${PMIC_BLIND_SPOT}`);
  const [only, ...others] = external;
  if (only !== undefined && others.length === 0) return measured(only.power, `what ${only.name} is wired to`);
  const { total, errorPercent } = estimatePower(board, utilisation);
  if (errorPercent !== null) {
    return { total, kind: 'estimate', errorPercent, measures: 'the board alone, without anything plugged in' };
  }
  return { total: reasonForNone(rails, external, pmic), kind: 'none', measures: null, errorPercent: null };
}

function reasonForNone(rails: readonly Rail[], external: readonly Rail[], pmic: PmicReading | null): Reading {
  if (rails.length > 0) return unknown('no-total', 'INA3221 rails');
  if (external.length > 1) return unknown('ambiguous', external.map(({ name }) => name).join(', '));
  return pmic?.sum ?? unknown('absent', 'power sensor');
}

/** Unknown when any part is: half a total is no total. */
function sum(names: readonly string[], rails: readonly Rail[]): Reading {
  const source = `ina3221: ${names.join(' + ')}`;
  let value = 0;
  let atNs = 0n;
  for (const name of names) {
    const power = rails.find((rail) => rail.name === name)?.power ?? unknown('absent', source);
    if (!isKnown(power)) return unknown(power.unknown, source);
    value += power.value;
    atNs = power.atNs;
  }
  return { value, unit: 'W', atNs, source };
}
