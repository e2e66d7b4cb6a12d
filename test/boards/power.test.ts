import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBoardFiles } from '../../src/boards/board-files.js';
import { detectBoard } from '../../src/boards/detect.js';
import { createEnergyMeter } from '../../src/boards/energy.js';
import { createExternalPowerProbe } from '../../src/boards/external-power.js';
import { parsePmic } from '../../src/boards/pmic.js';
import { chooseTotal, type PowerTotal } from '../../src/boards/power.js';
import { createRailProbe } from '../../src/boards/rails.js';
import { isKnown, unknown } from '../../src/boards/reading.js';
import { chip, deviceTree, ina3221, type Tree } from '../fixtures/boards/parts.js';
import { pmicOutput } from '../fixtures/boards/pi-5.js';
import { handClock, plant } from './board-tree.js';

const agxOrin = deviceTree('NVIDIA Jetson AGX Orin', 'nvidia,tegra234');
const agxXavier = deviceTree('NVIDIA Jetson AGX Xavier', 'nvidia,tegra194');
const thor = deviceTree('NVIDIA Jetson AGX Thor', 'nvidia,tegra264');
const pi = deviceTree('Raspberry Pi 3 Model B', 'raspberrypi,3-model-b', 'brcm,bcm2837');
const zero2 = deviceTree('Raspberry Pi Zero 2 W', 'raspberrypi,model-zero-2-w', 'brcm,bcm2837');
const ina226 = (number: number, microwatts: number): Tree => chip(number, 'ina226', { power1_input: microwatts });

async function totalOf(tree: Tree, utilisationPercent = 50): Promise<PowerTotal> {
  const { root } = plant(tree);
  const files = createBoardFiles({ root, clock: handClock() });
  const [rails, external] = [createRailProbe(files), createExternalPowerProbe(files)];
  await rails.find();
  await external.find();
  const utilisation = { value: utilisationPercent, unit: '%', atNs: 1n, source: '/proc/stat' } as const;
  const sources = { rails: await rails.read(), external: await external.read(), pmic: null, utilisation };
  files.close();
  return chooseTotal(detectBoard(root, 'arm64'), sources);
}

const whole = ina3221(0, ['VDD_GPU_SOC', 12_000, 500], ['VDD_CPU_CV', 12_000, 250], ['VIN_SYS_5V0', 5_000, 800]);
const memory = ina3221(1, ['NC', 0, 0], ['VDDQ_VDD2_1V8AO', 5_000, 200], ['NC', 0, 0]);
const xavier = {
  ...ina3221(0, ['GPU', 19_000, 100], ['CPU', 19_000, 50], ['SOC', 19_000, 50]),
  ...ina3221(1, ['CV', 19_000, 0], ['VDDRQ', 19_000, 20], ['SYS5V', 5_000, 400]),
};

describe('the total', () => {
  test.each<[string, Tree, Partial<PowerTotal>, number | string]>([
    [
      'is the module input, never added to its parts',
      { ...thor, ...ina3221(0, ['VDD_IN', 5_000, 1_000], ['VDD_SOC', 5_000, 300]) },
      { kind: 'measured' },
      5,
    ],
    [
      'of an AGX Orin is its three rails, not what hangs behind them',
      { ...agxOrin, ...whole, ...memory },
      { kind: 'measured' },
      13,
    ],
    ['of an AGX Xavier is its six rails', { ...agxXavier, ...xavier }, { kind: 'measured' }, 6.18],
    [
      'of an AGX Orin without one of its rails is none',
      { ...agxOrin, ...ina3221(0, ['VDD_GPU_SOC', 12_000, 500]) },
      { kind: 'none' },
      'no-total',
    ],
    [
      'of an AGX Orin with a broken rail is none',
      { ...agxOrin, ...whole, 'sys/class/hwmon/hwmon0/curr2_input': '-999999\n' },
      { kind: 'measured' },
      'implausible',
    ],
    [
      'of a Thor is the carrier board’s monitor',
      { ...thor, ...chip(3, 'ina238', { in1_label: 'VIN', power1_input: 31_000_000 }) },
      { measures: 'carrier board input' },
      31,
    ],
    [
      'of a Pi is the one monitor that is wired to it',
      { ...pi, ...ina226(2, 3_250_000) },
      { kind: 'measured', measures: 'what ina226 is wired to' },
      3.25,
    ],
    [
      'of a Pi with two monitors is an estimate: nobody knows which is the input',
      { ...pi, ...ina226(2, 3_250_000), ...ina226(3, 1_000_000) },
      { kind: 'estimate', errorPercent: 30 },
      2.55,
    ],
    ['of a Pi 3 is an estimate with its error', pi, { kind: 'estimate', errorPercent: 30 }, 2.55],
    ['of a Zero 2 W is a worse one', zero2, { kind: 'estimate', errorPercent: 40 }, 1.5],
    [
      'of a board that we know nothing of is none',
      ina3221(0, ['VDD_X', 5_000, 100]),
      { kind: 'none', measures: null },
      'no-total',
    ],
  ])('%s', async (_name, tree, facts, value) => {
    const result = await totalOf(tree);
    expect(result).toMatchObject(facts);
    if (isKnown(result.total)) expect(result.total.value).toBeCloseTo(Number(value));
    else expect(result.total.unknown).toBe(value);
  });

  test('takes a step of the converter below zero as none, and more as broken', async () => {
    const rails = (milliamps: number) => totalOf({ ...thor, ...ina3221(0, ['VDD_IN', 5_000, milliamps]) });
    expect((await rails(-8)).total).toMatchObject({ value: 0 });
    expect((await rails(-80)).total).toMatchObject({ unknown: 'implausible' });
  });
});

describe('a Pi 5’s power chip', () => {
  test('is paired by rail; voltages without a current have no power', () => {
    const { rails, sum } = parsePmic(pmicOutput, 7n);
    expect(rails.map(({ name }) => name)).toEqual(['3V7_WL_SW', 'VDD_CORE']);
    expect(sum).toMatchObject({ value: expect.closeTo(1.87), unit: 'W', atNs: 7n });
  });

  test('with a current whose voltage is missing has no sum', () => {
    expect(parsePmic('  VDD_CORE_A current(7)=2.0A\n', 1n).sum).toMatchObject({ unknown: 'unreadable' });
    expect(parsePmic(`${pmicOutput}  DDR_VDD2_A current(3)=0.1A\n`, 1n).sum).toMatchObject({ unknown: 'unreadable' });
  });

  test('property: whatever it says, the sum is plausible or unknown', () => {
    const line = fc
      .tuple(fc.constantFrom('VDD', 'EXT5V', '3V3'), fc.constantFrom('A current', 'V volt'), fc.double({ noNaN: true }))
      .map(([rail, kind, value]) => `  ${rail}_${kind}(1)=${value}${kind.charAt(0)}`);
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
        const { rails, sum } = parsePmic(lines.join('\n'), 1n);
        for (const reading of [sum, ...rails.map(({ power }) => power)]) {
          if (isKnown(reading)) expect(reading.value >= 0 && reading.value <= 60 * rails.length).toBe(true);
        }
      }),
    );
  });
});

describe('energy', () => {
  const watts = (value: number, seconds: number) =>
    ({ value, unit: 'W', atNs: BigInt(seconds) * 1_000_000_000n, source: 'here' }) as const;

  test('leaves out what nobody measured, and says over how long it is', () => {
    const meter = createEnergyMeter();
    meter.add(watts(4, 0));
    expect(meter.add(watts(6, 10))).toMatchObject({ joules: { value: 50 }, overMs: 10_000 });
    meter.add(unknown('no-answer', 'here'));
    meter.add(watts(100, 30));
    expect(meter.add(watts(100, 31))).toMatchObject({ joules: { value: 150 }, overMs: 11_000 });
    expect(meter.add(watts(100, 500))).toMatchObject({ joules: { value: 150 }, overMs: 11_000 });
  });

  test('property: never shrinks', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.nat(90))), (steps) => {
        const meter = createEnergyMeter();
        let [seconds, last] = [0, 0];
        for (const [value, step] of steps) {
          seconds += step;
          const { joules } = meter.add(watts(value, seconds));
          expect(isKnown(joules) && joules.value >= last).toBe(true);
          if (isKnown(joules)) last = joules.value;
        }
      }),
    );
  });
});
