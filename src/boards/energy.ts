import { nsToMs } from '../clock.js';
import { isKnown, type Known, type Reading, unknown } from './reading.js';

export interface Energy {
  /** Since the start, over the time that the power was known; ever growing, so that readers subtract. */
  readonly joules: Reading;
  readonly overMs: number;
}

export interface EnergyMeter {
  add(power: Reading): Energy;
}

/** Over a longer gap nobody knows what the power was. */
const LONGEST_GAP_MS = 60_000;

/** Σ P·Δt by trapezoids between rounds. Time without a known power is left out, and not counted in `overMs`. */
export function createEnergyMeter(): EnergyMeter {
  let last: Known | null = null;
  let joules = 0;
  let overMs = 0;
  return {
    add(power) {
      if (!isKnown(power)) {
        last = null;
        return { joules: unknown(power.unknown, power.source), overMs };
      }
      const stepMs = last === null ? 0 : nsToMs(power.atNs - last.atNs);
      if (last !== null && stepMs > 0 && stepMs <= LONGEST_GAP_MS) {
        joules += (((last.value + power.value) / 2) * stepMs) / 1000;
        overMs += stepMs;
      }
      last = power;
      return { joules: { value: joules, unit: 'J', atNs: power.atNs, source: `∫ ${power.source}` }, overMs };
    },
  };
}
