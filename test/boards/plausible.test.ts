import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBoardFiles } from '../../src/boards/board-files.js';
import { parseTicks } from '../../src/boards/cpu.js';
import { parseModes } from '../../src/boards/nvpmodel.js';
import { parseWord } from '../../src/boards/pi-throttle.js';
import { isKnown, UNKNOWN_REASONS } from '../../src/boards/reading.js';
import { createSensors } from '../../src/boards/sensors.js';
import { orinNanoJp5 } from '../fixtures/boards/orin-nano.js';
import type { Tree } from '../fixtures/boards/parts.js';
import { pi4 } from '../fixtures/boards/pi-4.js';
import { handClock, memoryReader, plant } from './board-tree.js';

const LIMITS: Readonly<Record<string, readonly [number, number]>> = {
  C: [-190, 190],
  W: [0, 30_000],
  J: [0, 1e9],
  mV: [0, 85_000],
  mA: [0, 100_000],
  MHz: [0, 10_000],
  '%': [0, 100],
  rpm: [0, 50_000],
  events: [0, Number.MAX_SAFE_INTEGER],
  id: [0, 0xf000f],
};

/** Every reading in whatever was returned, with the path to it. */
function readingsIn(value: unknown, path = ''): Array<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return [];
  const record = value as Record<string, unknown>;
  if ('unknown' in record || ('value' in record && 'unit' in record)) return [[path, record]];
  return Object.entries(record).flatMap(([key, child]) => readingsIn(child, `${path}/${key}`));
}

function expectHonest(readings: unknown): void {
  for (const [path, { value, unit, atNs, source, unknown }] of readingsIn(readings)) {
    expect(source, path).toBeTypeOf('string');
    if (unknown !== undefined) {
      expect(Object.keys(UNKNOWN_REASONS), path).toContain(unknown);
      continue;
    }
    expect(atNs, path).toBeTypeOf('bigint');
    if (typeof value !== 'number') continue;
    const [min, max] = LIMITS[String(unit)] ?? [0, -1];
    expect(value >= min && value <= max, `${path} is ${value} ${unit}`).toBe(true);
  }
}

const nonsense = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer().map(String),
  fc.double().map(String),
  fc.constantFrom('', '-1', '-273000', '-256000', '85000', '2147483647', '0x', 'NaN', 'Infinity', '1e9', '12 34', '\0'),
);

describe('property: arbitrary contents', () => {
  test.each<[string, Tree]>([
    ['of a Pi 4', pi4],
    ['of an Orin Nano', orinNanoJp5],
  ])('%s never throw, and never become an implausible value', async (_name, tree) => {
    const { root } = plant(tree);
    const paths = Object.keys(tree).filter((path) => !path.endsWith('/name') && !path.startsWith('proc/device-tree'));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...paths), nonsense),
        fc.dictionary(fc.constantFrom(...paths), nonsense),
        async (first, second) => {
          const clock = handClock();
          const files: Record<string, string> = { ...tree, ...first };
          const sensors = createSensors({ clock, root, reader: memoryReader(files) });
          expectHonest(await sensors.read());
          Object.assign(files, second);
          clock.forward(60_000);
          expectHonest(await sensors.read());
        },
      ),
      { numRuns: 100 },
    );
  });

  test('a text of a reader is taken whole or not at all', () => {
    fc.assert(
      fc.property(nonsense, (text) => {
        expect(['number', 'string']).toContain(typeof parseWord(text));
        expect(parseTicks(text)).toBeNull();
        expect(parseModes(text)).toEqual([]);
      }),
    );
  });
});

describe('a temperature', () => {
  const celsius = { unit: 'C', scale: 0.001, min: -40, max: 150 } as const;
  test.each<[string, number | string]>([
    ['85000\n', 85],
    ['-12500\n', -12.5],
    ['-273000\n', 'implausible'],
    ['-256000\n', 'implausible'],
    ['151000\n', 'implausible'],
    ['hot\n', 'unreadable'],
    ['', 'unreadable'],
  ])('of %j', async (text, expected) => {
    const files = createBoardFiles({ root: '/', clock: handClock(), reader: memoryReader({ t: text }) });
    const reading = await files.number('t', celsius);
    expect(isKnown(reading) ? reading.value : reading.unknown).toBe(expected);
  });
});
