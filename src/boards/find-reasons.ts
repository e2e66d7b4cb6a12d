import type { Cpu } from './cpu.js';
import { type Board, isJetson } from './detect.js';
import { passiveTripC } from './headroom.js';
import type { PowerMode } from './nvpmodel.js';
import { isKnown, type Reading, valueOrNull } from './reading.js';
import type { CoolingDevice, ThermalZones, Zone } from './thermal.js';
import type { ThrottleReason } from './throttle-reasons.js';

/** Bits of a Pi's throttle word that say what is now; 16 higher stands whether it was. */
export const WORD_BITS: ReadonlyArray<readonly [bit: number, reason: ThrottleReason]> = [
  [0, 'undervoltage'],
  [1, 'freq_capped'],
  [2, 'throttled_unknown'],
  [3, 'thermal_soft'],
];

/** What the firmware slows down for, from 80 °C on (Raspberry Pi documentation). */
const PI_HARD_LIMIT_C = 80;

export function reasonsOfWord(word: number, soc: Reading): readonly ThrottleReason[] {
  const reasons = WORD_BITS.filter(([bit]) => (word >> bit) & 1).map(([, reason]) => reason);
  // Bit 2 is set by heat and by low voltage alike; it is a reason of its own only where neither explains it.
  const isHot = isKnown(soc) && soc.value >= PI_HARD_LIMIT_C;
  return reasons.flatMap((reason): ThrottleReason[] => {
    if (reason !== 'throttled_unknown') return [reason];
    if (isHot) return ['thermal_hard'];
    return reasons.includes('undervoltage') ? [] : [reason];
  });
}

/** Those that make a processor or GPU slower; fans and the like are no throttling. */
const SLOWING_DEVICE = /^(thermal-)?(cpufreq|devfreq)|throttle|^Processor$/;

export const slowsDown = ({ type }: CoolingDevice): boolean => SLOWING_DEVICE.test(type);

export function reasonsOfHeat({ zones, cooling }: ThermalZones): readonly ThrottleReason[] {
  const isSlowing = (device: CoolingDevice): boolean => slowsDown(device) && (valueOrNull(device.state) ?? 0) > 0;
  const isPast = (zone: Zone, limitC: number | null): boolean =>
    limitC !== null && isKnown(zone.temp) && zone.temp.value >= limitC;
  const hotTripC = (zone: Zone): number | null => zone.trips.find(({ type }) => type === 'hot')?.tempC ?? null;
  const reasons: ThrottleReason[] = [];
  if (cooling.some(isSlowing) || zones.some((zone) => isPast(zone, passiveTripC(zone)))) reasons.push('thermal_soft');
  if (zones.some((zone) => isPast(zone, hotTripC(zone)))) reasons.push('thermal_hard');
  return reasons;
}

/** Clocks are whole kilohertz, and a mode's cap need not be one of the steps that a chip has. */
const SAME_CLOCK = 0.99;

/**
 * A clock cap below what the hardware can: heat where heat is known, the power mode where it says so, on a Jetson else an
 * unknown hand (`freq_capped`), on other boards whoever set cpufreq's limit, which is no fault.
 */
export function reasonOfCap(board: Board, cpu: Cpu, mode: PowerMode, isHeat: boolean): ThrottleReason | null {
  const capped = cpu.clusters.filter(({ maxClock, hardwareMax }) => {
    const [now, most] = [valueOrNull(maxClock), valueOrNull(hardwareMax)];
    return now !== null && most !== null && now < most * SAME_CLOCK;
  });
  if (capped.length === 0 || isHeat) return null;
  if (!isJetson(board)) return 'power_mode_cap';
  const { cpuCapMHz } = mode;
  const isByMode = capped.every(
    ({ maxClock }) => cpuCapMHz !== null && (valueOrNull(maxClock) ?? 0) >= cpuCapMHz * SAME_CLOCK,
  );
  return isByMode ? 'power_mode_cap' : 'freq_capped';
}
