import { passiveTripC } from '../boards/headroom.js';
import { isKnown, type Reading, valueOrNull } from '../boards/reading.js';
import type { SensorReadings } from '../boards/sensors.js';
import type { ThrottleReason } from '../boards/throttle-reasons.js';
import type { FigureFacts, TelemetryFacts } from '../publish/build-telemetry.js';

/** From the rounds of the sensors to what telemetry says of an interval. */
type SensorFacts = Pick<
  TelemetryFacts,
  | 'powerKind'
  | 'powerMeasures'
  | 'powerErrorPct'
  | 'powerMode'
  | 'throttled'
  | 'throttle'
  | 'temperatures'
  | 'rails'
  | 'clocks'
  | 'fans'
>;
type SensorFigures = Pick<
  TelemetryFacts['board'],
  'cpuPressurePct' | 'socTempC' | 'headroomC' | 'powerW' | 'energyJ' | 'energyPerFrameJ' | 'gpuLoadPct' | 'gpuMHz'
>;

export interface SensorInterval {
  /** Each round, so that no throttling between two messages is missed. */
  see(readings: SensorReadings): void;
  /** What `readings`, the last of the interval, and those before say together; the next interval begins. */
  take(readings: SensorReadings, intervalS: number, frames: number): { figures: SensorFigures; facts: SensorFacts };
}

/** An energy counted over less of the interval than this is not the interval's. */
const LEAST_SHARE = 0.9;

export function createSensorInterval(): SensorInterval {
  const seen = new Set<ThrottleReason>();
  const eventsBefore = new Map<string, number>();
  let energyBefore = { joules: 0, overMs: 0 };

  const energyIn = ({ power: { energy } }: SensorReadings, intervalS: number): FigureFacts => {
    const joules = figureOf(energy.joules);
    if (typeof joules !== 'number') return joules;
    const before = energyBefore;
    energyBefore = { joules, overMs: energy.overMs };
    if (energy.overMs - before.overMs < LEAST_SHARE * 1000 * intervalS) return { unknown: 'not-yet' };
    return joules - before.joules;
  };

  return {
    see({ throttle }) {
      for (const reason of throttle.reasons) seen.add(reason);
    },
    take(readings, intervalS, frames) {
      const { thermal, power, throttle, cpu, gpu, fans, mode } = readings;
      const energyJ = energyIn(readings, intervalS);
      const counters = throttle.counters.map(({ name, reason, sinceStart, sinceBoot }) => {
        const events = sinceStart - (eventsBefore.get(name) ?? 0);
        eventsBefore.set(name, sinceStart);
        const rest = { eventsSinceStart: sinceStart, eventsSinceBoot: figureOf(sinceBoot) };
        return { counter: name, reason, active: seen.has(reason), events: Math.max(0, events), ...rest };
      });
      seen.clear();
      return {
        figures: {
          cpuPressurePct: figureOf(cpu.pressure.over10s),
          socTempC: figureOf(thermal.soc),
          headroomC: figureOf(thermal.headroom),
          powerW: figureOf(power.total),
          energyJ,
          energyPerFrameJ:
            typeof energyJ !== 'number' ? energyJ : frames > 0 ? energyJ / frames : { unknown: 'not-yet' },
          gpuLoadPct: figureOf(gpu.load),
          gpuMHz: figureOf(gpu.clock),
        },
        facts: {
          powerKind: power.kind,
          powerMeasures: power.measures,
          powerErrorPct: power.errorPercent,
          powerMode: valueOrNull(mode.name),
          throttled: valueOrNull(throttle.active),
          throttle: counters,
          temperatures: thermal.zones.map((zone) => ({
            sensor: zone.name,
            tempC: figureOf(zone.temp),
            passiveTripC: passiveTripC(zone),
          })),
          rails: power.rails.map(({ name, voltage, current, power: powerW }) => ({
            rail: name,
            powerW: figureOf(powerW),
            voltageMV: figureOf(voltage),
            currentMA: figureOf(current),
          })),
          clocks: cpu.clusters.map(({ name, clock, maxClock, hardwareMax }) => ({
            clock: name,
            frequencyMHz: figureOf(clock),
            capMHz: figureOf(maxClock),
            hardwareMaxMHz: figureOf(hardwareMax),
          })),
          fans: fans.map(({ name, duty, speed }) => ({
            fan: name,
            dutyPct: figureOf(duty),
            speedRpm: figureOf(speed),
          })),
        },
      };
    },
  };
}

const figureOf = (reading: Reading): FigureFacts => (isKnown(reading) ? reading.value : { unknown: reading.unknown });
