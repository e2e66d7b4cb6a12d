import { describe, expect, it } from 'vitest';
import type { Known, Reading } from '../../src/boards/reading.js';
import type { SensorReadings } from '../../src/boards/sensors.js';
import type { ThrottleReason } from '../../src/boards/throttle-reasons.js';
import { createSensorInterval } from '../../src/daemon/sensor-facts.js';

const known = (value: number): Known => ({ value, unit: 'W', atNs: 0n, source: 'test' });
const absent: Reading<never> = { unknown: 'absent', source: 'test' };

interface Moment {
  readonly joules?: Reading;
  readonly overS?: number;
  readonly reasons?: readonly ThrottleReason[];
  readonly overcurrents?: number;
}

function readings({ joules = absent, overS = 0, reasons = [], overcurrents = 0 }: Moment): SensorReadings {
  return {
    atNs: 0n,
    thermal: {
      soc: known(61),
      headroom: known(19),
      limit: known(80),
      zones: [
        { name: 'cpu', temp: known(61), trips: [{ type: 'passive', tempC: 80, hysteresisC: 2 }] },
        { name: 'cv0', temp: { unknown: 'power-gated', source: 'test' }, trips: [] },
      ],
      cooling: [],
    },
    power: {
      total: known(5),
      kind: 'measured',
      measures: 'module input',
      errorPercent: null,
      energy: { joules, overMs: overS * 1000 },
      rails: [{ name: 'VDD_IN', voltage: absent, current: absent, power: known(5) }],
      supply: absent,
    },
    throttle: {
      active: absent,
      reasons,
      counters: [
        { name: 'oc3', reason: 'overcurrent_peak', sinceStart: overcurrents, sinceBoot: known(1000 + overcurrents) },
      ],
      word: absent,
    },
    cpu: { clusters: [], clocksPinned: absent, utilisation: absent, pressure: { over10s: known(3), over60s: absent } },
    gpu: { load: absent, clock: absent, maxClock: absent, governor: absent },
    fans: [],
    mode: { id: absent, name: absent, cpuCapMHz: null },
  };
}

describe('an interval of the sensors', () => {
  it('passes readings on, and the reasons of those that are not known', () => {
    const { figures, facts } = createSensorInterval().take(readings({}), 30, 10);
    expect(figures).toMatchObject({ socTempC: 61, headroomC: 19, powerW: 5, gpuLoadPct: { unknown: 'absent' } });
    expect(facts).toMatchObject({ powerKind: 'measured', powerMeasures: 'module input', throttled: null });
    expect(facts.temperatures).toEqual([
      { sensor: 'cpu', tempC: 61, passiveTripC: 80 },
      { sensor: 'cv0', tempC: { unknown: 'power-gated' }, passiveTripC: null },
    ]);
  });

  it.each([
    ['the energy of the interval over its frames', { joules: known(250), overS: 60 }, 100, 150, 1.5],
    [
      'no energy where power was known for half of it',
      { joules: known(250), overS: 45 },
      100,
      { unknown: 'not-yet' },
      { unknown: 'not-yet' },
    ],
    ['no energy without a sensor', { joules: absent, overS: 60 }, 100, { unknown: 'absent' }, { unknown: 'absent' }],
    ['no energy a frame without frames', { joules: known(250), overS: 60 }, 0, 150, { unknown: 'not-yet' }],
  ])('gives %s', (_what, later, frames, energyJ, energyPerFrameJ) => {
    const interval = createSensorInterval();
    interval.take(readings({ joules: known(100), overS: 30 }), 30, 1);
    expect(interval.take(readings(later), 30, frames).figures).toMatchObject({ energyJ, energyPerFrameJ });
  });

  it('misses no throttling between two messages, and counts it once', () => {
    const interval = createSensorInterval();
    interval.see(readings({ reasons: ['overcurrent_peak'], overcurrents: 3 }));
    interval.see(readings({ overcurrents: 3 }));
    const [first] = interval.take(readings({ overcurrents: 3 }), 30, 1).facts.throttle;
    expect(first).toEqual({
      counter: 'oc3',
      reason: 'overcurrent_peak',
      active: true,
      events: 3,
      eventsSinceStart: 3,
      eventsSinceBoot: 1003,
    });
    const [second] = interval.take(readings({ overcurrents: 4 }), 30, 1).facts.throttle;
    expect(second).toMatchObject({ active: false, events: 1, eventsSinceStart: 4 });
  });
});
