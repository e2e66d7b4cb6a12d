import type { Board } from '../boards/detect.js';
import { isKnown, type Reading, UNKNOWN_REASONS } from '../boards/reading.js';
import type { SensorReadings } from '../boards/sensors.js';
import { factList, textTable } from './text-table.js';

type Row = readonly [name: string, reading: Reading<number | string | boolean>];

const UNITS: Readonly<Record<string, string>> = { C: '°C', id: '', text: '', 'yes/no': '' };

/** What the board is and all that it says, as one table; unknown readings with their reason. */
export function sensorsTable(board: Board, readings: SensorReadings): string {
  const facts: Array<readonly [string, string]> = [
    [
      'board',
      `${board.model ?? 'not named by a device tree'} (${board.family}${board.soc === null ? '' : `, ${board.soc}`})`,
    ],
  ];
  if (board.l4t !== null) facts.push(['JetPack', `${board.jetpack ?? 'unknown'} (Jetson Linux ${board.l4t})`]);
  facts.push(...board.warnings.map((warning) => ['warning', warning] as const));
  if (board.refusal !== null) facts.push(['not supported', board.refusal]);
  const { measures, kind, errorPercent } = readings.power;
  if (measures !== null) {
    facts.push(['power', `${kind}${errorPercent === null ? '' : ` ±${errorPercent} %`}: ${measures}`]);
  }
  const reasons = readings.throttle.reasons.join(', ');
  facts.push(['throttled by', reasons === '' ? (isKnown(readings.throttle.active) ? 'nothing' : 'unknown') : reasons]);
  const rows = rowsOf(readings).map(([name, reading]) => [name, valueText(name, reading), sourceText(reading)]);
  const table = textTable([['reading', 'value', 'source, or why unknown'], ...rows]);
  return `${factList(facts)}\n${table}${legend(readings)}`;
}

/** What the reasons in the table mean. */
function legend(readings: SensorReadings): string {
  const used = new Set(rowsOf(readings).flatMap(([, reading]) => (isKnown(reading) ? [] : [reading.unknown])));
  const entries = [...used].map((reason) => [reason, UNKNOWN_REASONS[reason]] as const);
  return entries.length === 0 ? '' : `\n${factList(entries)}`;
}

function rowsOf({ thermal, power, throttle, cpu, gpu, fans, mode }: SensorReadings): readonly Row[] {
  return [
    ['temperature', thermal.soc],
    ['headroom', thermal.headroom],
    ['limit', thermal.limit],
    ...thermal.zones.map(({ name, temp }): Row => [`zone ${name}`, temp]),
    ...thermal.cooling.map(({ type, maxState, state }): Row => [`cooling ${type} (0–${maxState})`, state]),
    ['power', power.total],
    ['energy', power.energy.joules],
    ...power.rails.flatMap(({ name, voltage, current, power: watts }): Row[] => [
      [`rail ${name}`, watts],
      [`rail ${name}, voltage`, voltage],
      [`rail ${name}, current`, current],
    ]),
    ['power supply', power.supply],
    ['throttled', throttle.active],
    ['throttle word', throttle.word],
    ...throttle.counters.map(
      ({ name, reason, sinceBoot }): Row => [
        name === reason ? `events ${name}` : `events ${name} (${reason})`,
        sinceBoot,
      ],
    ),
    ['cpu utilisation', cpu.utilisation],
    ['cpu pressure, 10 s', cpu.pressure.over10s],
    ['cpu pressure, 60 s', cpu.pressure.over60s],
    ...cpu.clusters.flatMap(({ name, clock, maxClock, hardwareMax, cpufreqGovernor }): Row[] => [
      [`cpu ${name} clock`, clock],
      [`cpu ${name} cap`, maxClock],
      [`cpu ${name} hardware maximum`, hardwareMax],
      [`cpu ${name} cpufreq governor`, cpufreqGovernor],
    ]),
    ['cpu clocks pinned', cpu.clocksPinned],
    ['gpu load', gpu.load],
    ['gpu clock', gpu.clock],
    ['gpu cap', gpu.maxClock],
    ['gpu governor', gpu.governor],
    ...fans.flatMap(({ name, duty, speed }): Row[] => [
      [`fan ${name} duty`, duty],
      [`fan ${name} speed`, speed],
    ]),
    ['power mode', mode.name],
    ['power mode id', mode.id],
  ];
}

function valueText(name: string, reading: Row[1]): string {
  if (!isKnown(reading)) return '?';
  const { value, unit } = reading;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (name === 'throttle word') return `0x${value.toString(16)}`;
  const digits = Number.isInteger(value) ? 0 : unit === 'W' || unit === 'J' ? 2 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? unit}`.trimEnd();
}

const sourceText = (reading: Row[1]): string =>
  isKnown(reading) ? reading.source : `unknown, ${reading.unknown}: ${reading.source}`;
