import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Board } from '../../src/boards/detect.js';
import { type Known, type Reading, type Unit, unknown } from '../../src/boards/reading.js';
import type { TripPoint } from '../../src/boards/thermal.js';
import { createThrottleWatch, type Throttle, type ThrottleFacts } from '../../src/boards/throttle.js';

const pi: Board = {
  family: 'pi-4',
  model: 'Raspberry Pi 4',
  soc: 'bcm2711',
  l4t: null,
  jetpack: null,
  warnings: [],
  refusal: null,
};
const orin: Board = { ...pi, family: 'jetson-orin', model: 'Orin', soc: 'tegra234' };

const say = (value: number, unit: Unit = 'id', source = 'here'): Known => ({ value, unit, atNs: 1n, source });
const nothing = unknown('absent', 'here');

const quiet: ThrottleFacts = {
  atNs: 1n,
  soc: say(50, 'C'),
  thermal: { zones: [], cooling: [] },
  cpu: { clusters: [], clocksPinned: nothing, utilisation: nothing },
  mode: { id: nothing, name: nothing, cpuCapMHz: null },
  word: nothing,
  overcurrent: [],
};

const cluster = (maxMHz: number, hardwareMHz: number) => ({
  clusters: [
    {
      name: 'policy0',
      clock: say(maxMHz, 'MHz'),
      minClock: say(600, 'MHz'),
      maxClock: say(maxMHz, 'MHz'),
      hardwareMax: say(hardwareMHz, 'MHz'),
      cpufreqGovernor: nothing,
    },
  ],
  clocksPinned: nothing,
  utilisation: nothing,
});

const zoneAt = (tempC: number, ...trips: TripPoint[]) => ({ name: 'cpu-thermal', temp: say(tempC, 'C'), trips });
const trip = (type: string, tempC: number): TripPoint => ({ type, tempC, hysteresisC: 0 });

/** Rounds with one thing changing, on a board. */
function watch(board: Board, ...rounds: ReadonlyArray<Partial<ThrottleFacts>>): readonly Throttle[] {
  const { see } = createThrottleWatch(board);
  return rounds.map((facts) => see({ ...quiet, ...facts }));
}

const words = (...values: readonly number[]) => watch(pi, ...values.map((value) => ({ word: say(value) })));
const counts = (throttle: Throttle | undefined, reason: string): [number, Reading | undefined] => {
  const counter = throttle?.counters.find(({ name }) => name === reason);
  return [counter?.sinceStart ?? -1, counter?.sinceBoot];
};

describe('a Pi’s throttle word', () => {
  test.each<[string, number, number, readonly string[]]>([
    ['nothing', 0, 50, []],
    ['under-voltage', 0x1, 50, ['undervoltage']],
    ['a capped clock', 0x2, 50, ['freq_capped']],
    ['the soft limit', 0x8, 62, ['thermal_soft']],
    ['throttled while hot', 0x4, 84, ['thermal_hard']],
    ['throttled while low on voltage', 0x5, 50, ['undervoltage']],
    ['throttled, and nobody knows why', 0x4, 50, ['throttled_unknown']],
    ['what was is not what is', 0xf0000, 50, []],
  ])('says %s', (_name, word, tempC, reasons) => {
    const [throttle] = watch(pi, { word: say(word), soc: say(tempC, 'C') });
    expect(throttle?.reasons).toEqual(reasons);
    expect(throttle?.active).toMatchObject({ value: reasons.length > 0 });
  });

  test('counts each beginning once, however long it lasts', () => {
    const rounds = words(0, 0x10001, 0x10001, 0x1, 0x1, 0, 0x10001);
    expect(rounds.map((round) => counts(round, 'undervoltage')[0])).toEqual([0, 1, 1, 1, 1, 1, 2]);
  });

  test('counts what began and ended between two rounds, and names it in the later one', () => {
    const rounds = words(0, 0x10000, 0x10000, 0, 0x10000);
    expect(rounds.map((round) => counts(round, 'undervoltage')[0])).toEqual([0, 1, 1, 1, 2]);
    expect(rounds.map(({ reasons }) => reasons.length)).toEqual([0, 1, 0, 0, 1]);
  });

  test('does not count twice what was seen and stays in the sticky bits', () => {
    const rounds = words(0, 0x1, 0x10000, 0);
    expect(counts(rounds.at(-1), 'undervoltage')[0]).toBe(1);
    expect(rounds.map(({ reasons }) => reasons.length)).toEqual([0, 1, 0, 0]);
  });

  test('what stood before the first round is of this boot, not of this start', () => {
    const [sinceStart, sinceBoot] = counts(words(0x50000).at(0), 'undervoltage');
    expect(sinceStart).toBe(0);
    expect(sinceBoot).toMatchObject({ value: 1, source: expect.stringContaining('at least') });
  });

  test('property: whatever the words, counts grow by one at most, with the reason named', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 40 }), (values) => {
        const rounds = words(...values.map((value) => value & 0xf000f));
        rounds.forEach((round, index) => {
          for (const { name, reason, sinceStart } of round.counters) {
            const grown = sinceStart - Math.max(0, counts(rounds[index - 1], name)[0]);
            expect(grown === 0 || grown === 1).toBe(true);
            if (grown === 1) expect(round.reasons).toContain(reason);
          }
        });
      }),
    );
  });
});

describe('over-current counters', () => {
  const round = (events: number, throttles = true) => ({
    overcurrent: [{ name: 'oc3', reason: 'overcurrent_peak', events: say(events, 'events'), throttles } as const],
  });

  test('are events since boot; a rise is a reason in that round', () => {
    const rounds = watch(orin, round(27_390), round(27_390), round(27_395), round(27_395));
    expect(rounds.map(({ reasons }) => reasons)).toEqual([[], [], ['overcurrent_peak'], []]);
    expect(counts(rounds.at(-1), 'oc3')).toMatchObject([5, { value: 27_395 }]);
    expect(counts(rounds.at(-1), 'overcurrent_peak')[0]).toBe(-1);
  });

  test('that do not slow the chip down are counted only', () => {
    const rounds = watch(orin, round(1, false), round(4, false));
    expect(rounds.at(-1)?.reasons).toEqual([]);
    expect(counts(rounds.at(-1), 'oc3')[0]).toBe(3);
  });
});

describe('heat', () => {
  const passive = trip('passive', 90);
  const hot = trip('hot', 95);
  test.each<[string, ThrottleFacts['thermal'], readonly string[]]>([
    ['below the trips', { zones: [zoneAt(89, passive, hot)], cooling: [] }, []],
    ['at the passive trip', { zones: [zoneAt(90, passive, hot)], cooling: [] }, ['thermal_soft']],
    ['at the hot trip', { zones: [zoneAt(95, passive, hot)], cooling: [] }, ['thermal_soft', 'thermal_hard']],
    [
      'a slowed processor',
      { zones: [], cooling: [{ type: 'thermal-cpufreq-0', maxState: 9, state: say(1) }] },
      ['thermal_soft'],
    ],
    [
      'an alert',
      { zones: [], cooling: [{ type: 'gpu-throttle-alert', maxState: 1, state: say(1) }] },
      ['thermal_soft'],
    ],
    ['a fan at work', { zones: [], cooling: [{ type: 'pwm-fan', maxState: 4, state: say(3) }] }, []],
    [
      'an offset that is always there',
      { zones: [], cooling: [{ type: 'TCC Offset', maxState: 63, state: say(3) }] },
      [],
    ],
  ])('%s', (_name, thermal, reasons) => {
    expect(watch(orin, { thermal })[0]?.reasons).toEqual(reasons);
  });
});

describe('a clock cap', () => {
  const mode = (cpuCapMHz: number | null) => ({ id: say(1), name: nothing, cpuCapMHz });
  const slowed = { zones: [], cooling: [{ type: 'thermal-cpufreq-0', maxState: 9, state: say(4) }] };
  test.each<[string, Board, Partial<ThrottleFacts>, readonly string[]]>([
    ['of the power mode', orin, { cpu: cluster(1344, 1728), mode: mode(1344) }, ['power_mode_cap']],
    ['below the power mode', orin, { cpu: cluster(1000, 1728), mode: mode(1344) }, ['freq_capped']],
    ['in a mode without one', orin, { cpu: cluster(1000, 1728), mode: mode(null) }, ['freq_capped']],
    ['by heat', orin, { cpu: cluster(1000, 1728), mode: mode(1344), thermal: slowed }, ['thermal_soft']],
    ['that somebody set on a Pi', pi, { cpu: cluster(1000, 1500) }, ['power_mode_cap']],
    ['that is none', pi, { cpu: cluster(1500, 1500) }, []],
  ])('%s', (_name, board, facts, reasons) => {
    const fan = { zones: [zoneAt(50, trip('passive', 90))], cooling: [] };
    const [throttle] = watch(board, { thermal: fan, ...facts, word: say(0) });
    expect(throttle?.reasons).toEqual(reasons);
    expect(throttle?.active).toMatchObject({ value: reasons.some((reason) => reason !== 'power_mode_cap') });
  });
});

describe('whether it is throttled is unknown', () => {
  const alarm = (value: number) => say(value, 'id', '/sys/class/hwmon/hwmon1/in0_lcrit_alarm');
  const quietZones = { zones: [zoneAt(50, trip('passive', 90))], cooling: [] };

  test('on a Pi that only has the voltage alarm, unless that says so', () => {
    const [fine, low] = watch(pi, { word: alarm(0), thermal: quietZones }, { word: alarm(1) });
    expect(fine?.active).toMatchObject({ unknown: 'absent' });
    expect(low).toMatchObject({ active: { value: true }, reasons: ['undervoltage'] });
  });

  test('where the only trip is the one that switches off', () => {
    const thermal = { zones: [zoneAt(50, trip('critical', 110))], cooling: [] };
    expect(watch(orin, { thermal })[0]?.active).toMatchObject({ unknown: 'absent' });
    expect(watch(orin, { thermal: quietZones })[0]?.active).toMatchObject({ value: false });
  });
});
