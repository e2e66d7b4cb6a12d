import type { Cpu } from './cpu.js';
import { type Board, isPi } from './detect.js';
import { reasonOfCap, reasonsOfHeat, reasonsOfWord, slowsDown, WORD_BITS } from './find-reasons.js';
import { passiveTripC } from './headroom.js';
import type { PowerMode } from './nvpmodel.js';
import type { OvercurrentCounter } from './overcurrent.js';
import { isWholeWord } from './pi-throttle.js';
import { isKnown, type Reading, unknown, valueOrNull } from './reading.js';
import type { ThermalZones } from './thermal.js';
import { THROTTLE_REASONS, type ThrottleReason } from './throttle-reasons.js';

interface ThrottleCounter {
  /** A reason, or the kernel's name of a counter: `oc3`. */
  readonly name: string;
  readonly reason: ThrottleReason;
  /** Since this program started; ever growing, so that readers subtract. */
  readonly sinceStart: number;
  /** Exact where the kernel counts; on a Pi at least so many; unknown elsewhere. */
  readonly sinceBoot: Reading;
}

export interface Throttle {
  /** Whether the board is slower than it could be for a reason that is no choice. */
  readonly active: Reading<boolean>;
  /** Now, or at any time since the round before. */
  readonly reasons: readonly ThrottleReason[];
  readonly counters: readonly ThrottleCounter[];
  /** A Pi's throttle word as the firmware gives it. */
  readonly word: Reading;
}

export interface ThrottleFacts {
  readonly atNs: bigint;
  readonly soc: Reading;
  readonly thermal: ThermalZones;
  readonly cpu: Cpu;
  readonly mode: PowerMode;
  readonly word: Reading;
  readonly overcurrent: readonly OvercurrentCounter[];
}

export interface ThrottleWatch {
  /** Once a round. */
  see(facts: ThrottleFacts): Throttle;
}

/**
 * Latches edges: a reason counts once each time it begins. A Pi's kernel clears the firmware's "has occurred" bits every
 * two seconds, so that they mean something else to each reader: a bit that rises between two rounds counts as an event, one
 * that stood before the first round only raises `sinceBoot`.
 */
export function createThrottleWatch(board: Board): ThrottleWatch {
  const edges = new Map<ThrottleReason, number>();
  const before: { reasons: ReadonlySet<ThrottleReason>; word: number | null; firstWord: number | null } = {
    reasons: new Set(),
    word: null,
    firstWord: null,
  };
  const counts = new Map<string, { readonly first: number; readonly last: number }>();

  function pulses(word: number): readonly ThrottleReason[] {
    const last = before.word;
    if (last === null) return [];
    return WORD_BITS.filter(([bit]) => {
      const isNow = (word >> bit) & 1;
      const rose = (word >> (bit + 16)) & ~(last >> (bit + 16)) & 1;
      const wasNow = (last >> bit) & 1;
      return rose === 1 && isNow === 0 && wasNow === 0;
    }).map(([, reason]) => reason);
  }

  function risen(counters: readonly OvercurrentCounter[]): readonly ThrottleReason[] {
    return counters.flatMap(({ name, reason, events, throttles }) => {
      if (!isKnown(events)) return [];
      const seen = counts.get(name);
      const first = seen === undefined || events.value < seen.last ? events.value : seen.first;
      counts.set(name, { first, last: events.value });
      return seen !== undefined && events.value > seen.last && throttles ? [reason] : [];
    });
  }

  function countOf(reason: ThrottleReason, word: Reading): ThrottleCounter {
    const sinceStart = edges.get(reason) ?? 0;
    const bit = WORD_BITS.find(([, candidate]) => candidate === reason)?.[0];
    if (!isKnown(word) || bit === undefined) {
      return { name: reason, reason, sinceStart, sinceBoot: unknown('absent', reason) };
    }
    const value = sinceStart + (((before.firstWord ?? 0) >> (bit + 16)) & 1);
    const source = `at least; ${word.source}`;
    return { name: reason, reason, sinceStart, sinceBoot: { value, unit: 'events', atNs: word.atNs, source } };
  }

  return {
    see(facts) {
      const { soc, thermal, cpu, mode, word, overcurrent } = facts;
      const bits = valueOrNull(word);
      const heat = [...reasonsOfHeat(thermal), ...(bits === null ? [] : reasonsOfWord(bits, soc))];
      const ofKernel = risen(overcurrent);
      const found = new Set([...heat, ...(bits === null ? [] : pulses(bits)), ...ofKernel]);
      const isHeat = found.has('thermal_soft') || found.has('thermal_hard');
      const cap = reasonOfCap(board, cpu, mode, isHeat);
      if (cap !== null) found.add(cap);
      for (const reason of found) {
        const isCounted = ofKernel.includes(reason) || before.reasons.has(reason);
        if (!isCounted) edges.set(reason, (edges.get(reason) ?? 0) + 1);
      }
      before.reasons = found;
      if (bits !== null) {
        before.word = bits;
        before.firstWord ??= bits;
      }
      const ofWord = isKnown(word) ? WORD_BITS.map(([, reason]) => reason) : [];
      const own = THROTTLE_REASONS.filter((reason) => edges.has(reason) || ofWord.includes(reason));
      return {
        active: isThrottled(board, found, facts),
        reasons: THROTTLE_REASONS.filter((reason) => found.has(reason)),
        counters: [
          ...overcurrent.map(({ name, reason, events }) => {
            const { first = 0, last = 0 } = counts.get(name) ?? {};
            return { name, reason, sinceStart: last - first, sinceBoot: events };
          }),
          ...own.map((reason) => countOf(reason, word)),
        ],
        word,
      };
    },
  };
}

/**
 * Unknown where nothing on this board could have told. A Pi's firmware slows down without the kernel, so that only the
 * whole word can say that it does not; the voltage alarm that may stand in for it knows one reason of four.
 */
function isThrottled(board: Board, found: ReadonlySet<ThrottleReason>, facts: ThrottleFacts): Reading<boolean> {
  const faults = [...found].filter((reason) => reason !== 'power_mode_cap');
  const { word, overcurrent, thermal, atNs } = facts;
  const ofKernel = [
    overcurrent.some(({ events }) => isKnown(events)) ? 'over-current counters' : null,
    thermal.zones.some((zone) => isKnown(zone.temp) && passiveTripC(zone) !== null) ? 'trip points' : null,
    thermal.cooling.some((device) => isKnown(device.state) && slowsDown(device)) ? 'cooling devices' : null,
  ].filter((witness) => witness !== null);
  const witnesses = isPi(board) ? (isWholeWord(word) ? [word.source] : []) : ofKernel;
  if (faults.length > 0) return { value: true, unit: 'yes/no', atNs, source: faults.join(', ') };
  if (witnesses.length > 0) return { value: false, unit: 'yes/no', atNs, source: witnesses.join(', ') };
  return unknown('absent', isPi(board) ? 'throttle word' : 'over-current counters, trip points, cooling devices');
}
