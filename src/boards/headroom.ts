import type { Board } from './detect.js';
import { isKnown, type Known, type Reading, unknown } from './reading.js';
import type { ThermalZones, Zone } from './thermal.js';

export interface Temperatures {
  /** The hottest place of the processor's chip. */
  readonly soc: Reading;
  /** How far the nearest zone is from where the board starts to slow down; negative beyond it. */
  readonly headroom: Reading;
  /** The limit that `headroom` is about. */
  readonly limit: Reading;
}

/** Zones of the chip itself; not drives, radios, regulators, or the average that a fan follows. */
const SOC_ZONE = /^(tj|cpu|gpu|soc|cv|ao|aux|pll|x86_pkg|k10temp|package)/i;

/**
 * Where the firmware slows down without a trip point of the kernel's (Raspberry Pi documentation): progressively from
 * 80 °C; a Pi 3 B+ from its soft limit of 60 °C on.
 */
function firmwareLimitC(board: Board): number | null {
  if (board.family === 'pi-3') return /plus/i.test(board.model ?? '') ? 60 : 80;
  return board.family.startsWith('pi-') ? 80 : null;
}

export function summarize(board: Board, { zones }: ThermalZones): Temperatures {
  const readable = zones.flatMap((zone) =>
    isKnown(zone.temp) && SOC_ZONE.test(zone.name) ? [{ zone, temp: zone.temp }] : [],
  );
  const hottest = readable.toSorted((a, b) => b.temp.value - a.temp.value)[0];
  if (hottest === undefined) {
    const silent = zones.find(({ name, temp }) => SOC_ZONE.test(name) && !isKnown(temp));
    const why = silent !== undefined && !isKnown(silent.temp) ? silent.temp.unknown : 'absent';
    const nothing = unknown(why, 'thermal zones of the chip');
    return { soc: nothing, headroom: nothing, limit: nothing };
  }
  const soc: Known = { ...hottest.temp, source: `${hottest.zone.name} (${hottest.temp.source})` };
  const limits = readable.flatMap(({ zone, temp }) => {
    const tempC = passiveTripC(zone);
    return tempC === null ? [] : [{ tempC, temp, source: `passive trip point of ${zone.name}` }];
  });
  const firmware = firmwareLimitC(board);
  if (firmware !== null)
    limits.push({ tempC: firmware, temp: hottest.temp, source: `firmware limit of ${board.family}` });
  const nearest = limits.toSorted((a, b) => a.tempC - a.temp.value - (b.tempC - b.temp.value))[0];
  if (nearest === undefined) {
    const nothing = unknown('absent', 'passive trip points');
    return { soc, headroom: nothing, limit: nothing };
  }
  const { tempC, temp, source } = nearest;
  return {
    soc,
    headroom: { value: tempC - temp.value, unit: 'C', atNs: temp.atNs, source },
    limit: { value: tempC, unit: 'C', atNs: temp.atNs, source },
  };
}

/** The first one: where the kernel starts to slow down. */
export function passiveTripC(zone: Zone): number | null {
  const passive = zone.trips.filter(({ type }) => type === 'passive').map(({ tempC }) => tempC);
  return passive.length === 0 ? null : Math.min(...passive);
}
