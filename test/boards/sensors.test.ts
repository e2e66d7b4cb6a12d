import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Known } from '../../src/boards/reading.js';
import { createSensors, type SensorReadings } from '../../src/boards/sensors.js';
import { orinNanoJp5, orinNanoJp6 } from '../fixtures/boards/orin-nano.js';
import { devfreqGpu, deviceTree, ina3221 } from '../fixtures/boards/parts.js';
import { pc } from '../fixtures/boards/pc.js';
import { pi4 } from '../fixtures/boards/pi-4.js';
import { pi5, pmicOutput } from '../fixtures/boards/pi-5.js';
import { xavierNx } from '../fixtures/boards/xavier-nx.js';
import { type BoardTree, failing, handClock, plant } from './board-tree.js';

const known = (value: unknown): object => expect.objectContaining({ value });
const because = (reason: string): object => expect.objectContaining({ unknown: reason });

/** The second round, a second after the first; in between the processor was half busy. */
async function secondRound(
  tree: BoardTree,
  between: () => void = () => undefined,
  options = {},
): Promise<SensorReadings> {
  const clock = handClock();
  const sensors = createSensors({ clock, root: tree.root, vcgencmd: '/nowhere/vcgencmd', ...options });
  await sensors.read();
  clock.forward(1000);
  tree.write('proc/stat', 'cpu  1050 0 500 8050 100 0 50 0 0 0\n');
  between();
  const readings = await sensors.read();
  sensors.close();
  return readings;
}

describe('each board', () => {
  test('Pi 4: temperature against the firmware’s limit, power as an estimate with its error', async () => {
    const { thermal, power, throttle, cpu, mode, gpu } = await secondRound(plant(pi4));
    expect(thermal).toMatchObject({ soc: known(62.816), limit: known(80) });
    expect((thermal.headroom as Known).value).toBeCloseTo(17.184);
    expect(power).toMatchObject({ kind: 'estimate', errorPercent: 30, total: known(expect.closeTo(4.55)) });
    expect((power.total as Known).source).toContain('estimate from utilisation');
    expect(throttle).toMatchObject({ active: known(false), reasons: [], word: known(0) });
    expect(cpu).toMatchObject({ utilisation: known(50), pressure: { over10s: known(1.53), over60s: known(0.87) } });
    expect(cpu.clusters).toMatchObject([{ clock: known(1500), cpufreqGovernor: known('ondemand') }]);
    expect(mode.name).toEqual(because('absent'));
    expect(gpu.load).toEqual(because('absent'));
  });

  test('Pi 5: power chip with its blind spot, supply, fan', async () => {
    const tree = plant(pi5);
    const { power, fans } = await secondRound(tree, undefined, { vcgencmd: fakeVcgencmd(tree) });
    expect(power).toMatchObject({ kind: 'measured', total: known(expect.closeTo(1.87)), supply: known(5000) });
    expect(power.measures).toMatch(/without .*USB/);
    expect(power.rails.map(({ name }) => name)).toEqual(['3V7_WL_SW', 'VDD_CORE']);
    expect(fans).toMatchObject([{ name: 'pwmfan', duty: known(expect.closeTo(29.41)), speed: known(2986) }]);
  });

  test('Pi 5 without vcgencmd: unknown, and not called zero or an estimate', async () => {
    const { power } = await secondRound(plant(pi5));
    expect(power).toMatchObject({ kind: 'none', total: because('absent'), rails: [] });
  });

  test('Orin Nano, JetPack 5: module input, trip points, GPU, counters by their meaning', async () => {
    const { thermal, power, throttle, gpu, mode, fans } = await secondRound(plant(orinNanoJp5));
    expect(thermal).toMatchObject({ soc: known(51.625), limit: known(99) });
    expect((thermal.soc as Known).source).toContain('tj-thermal');
    expect(power).toMatchObject({ kind: 'measured', total: known(expect.closeTo(6.0576)) });
    expect(power.measures).toContain('module input');
    expect(power.rails).toHaveLength(3);
    expect(gpu).toMatchObject({
      load: known(expect.closeTo(43.7)),
      clock: known(306),
      governor: known('nvhost_podgov'),
    });
    expect(mode).toMatchObject({ id: known(0), name: known('15W') });
    expect(throttle).toMatchObject({ active: known(false), reasons: [] });
    expect(throttle.counters).toMatchObject([
      { name: 'oc1', reason: 'undervoltage', sinceStart: 0, sinceBoot: known(0) },
      { name: 'oc2', reason: 'overcurrent_avg', sinceStart: 0 },
      { name: 'oc3', reason: 'overcurrent_peak', sinceStart: 0, sinceBoot: known(27_390) },
    ]);
    expect(fans.map(({ name }) => name)).toEqual(['pwmfan', 'pwm_tach']);
  });

  test('Orin Nano, JetPack 6: the default mode where none was set, whose cap is no fault', async () => {
    const { throttle, mode, gpu } = await secondRound(plant(orinNanoJp6));
    expect(mode).toMatchObject({ name: known('25W'), cpuCapMHz: 1344 });
    expect((mode.name as Known<string>).source).toContain('default');
    expect(throttle).toMatchObject({ active: known(false), reasons: ['power_mode_cap'] });
    expect(gpu.load).toEqual(known(0));
  });

  test('Xavier NX: the dummy zone is no temperature, counters mean other things', async () => {
    const { thermal, throttle } = await secondRound(plant(xavierNx));
    expect(thermal.zones.map(({ name }) => name)).not.toContain('PMIC-Die');
    expect(thermal).toMatchObject({ soc: known(44.5), limit: known(95.5) });
    expect(throttle.counters.map(({ name, reason }) => `${name} ${reason}`).slice(0, 2)).toEqual([
      'oc1 overcurrent_peak',
      'oc2 undervoltage',
    ]);
  });

  test('a PC: trips that are switched off are none, no power is unknown', async () => {
    const { thermal, power, throttle } = await secondRound(plant(pc));
    expect(thermal).toMatchObject({ soc: known(71), headroom: because('absent') });
    expect(thermal.zones.map(({ name }) => name)).toContain('nvme');
    expect(power).toMatchObject({ kind: 'none', total: because('absent'), energy: { joules: because('absent') } });
    expect(throttle).toMatchObject({ active: known(false), reasons: [] });
  });

  test('nothing at all', async () => {
    const { throttle, thermal } = await createSensors({ clock: handClock(), root: plant({}).root }).read();
    expect(thermal.soc).toEqual(because('absent'));
    expect(throttle).toMatchObject({ active: because('absent'), reasons: [], counters: [] });
  });
});

describe('a file that fails', () => {
  test.each([
    ['EAGAIN', 'power-gated'],
    ['EACCES', 'denied'],
    ['EIO', 'unreadable'],
    ['ENODEV', 'absent'],
  ])('with %s is unknown, and shifts no other zone', async (code, reason) => {
    const tree = plant(orinNanoJp5);
    const reader = failing(tree.root, { 'sys/class/thermal/thermal_zone2/temp': code });
    const { thermal } = await secondRound(tree, undefined, { reader });
    expect(Object.fromEntries(thermal.zones.map(({ name, temp }) => [name, temp]))).toEqual({
      'cpu-thermal': known(51.5),
      'gpu-thermal': known(50.218),
      'cv0-thermal': because(reason),
      'soc0-thermal': known(49),
      'tj-thermal': known(51.625),
    });
  });

  test('on the module’s input leaves the total unknown: the parts are no total', async () => {
    const tree = plant(orinNanoJp5);
    const reader = failing(tree.root, { 'sys/class/hwmon/hwmon1/curr1_input': 'EIO' });
    const { power } = await secondRound(tree, undefined, { reader });
    expect(power).toMatchObject({ kind: 'measured', total: because('unreadable') });
    expect(power.rails[1]?.power).toEqual(known(expect.closeTo(2.0192)));
  });

  test('by never answering costs its own reading, not the round', async () => {
    const path = 'sys/class/thermal/thermal_zone2/temp';
    const tree = plant(orinNanoJp5);
    tree.remove(path);
    execFileSync('mkfifo', [join(tree.root, path)]);
    const { thermal, power } = await secondRound(tree, undefined, { deadlineMs: 500 });
    expect(thermal.zones[2]?.temp).toEqual(because('no-answer'));
    expect(thermal.zones[4]?.temp).toEqual(known(51.625));
    expect(power.total).toMatchObject({ unit: 'W' });
    closeSync(openSync(join(tree.root, path), 'r+'));
  });
});

describe('what comes and goes', () => {
  test('a GPU that appears after the start is found in the next round', async () => {
    const tree = plant(deviceTree('NVIDIA Jetson Orin Nano', 'nvidia,tegra234'));
    const { gpu } = await secondRound(tree, () => {
      for (const [path, text] of Object.entries(devfreqGpu('17000000.gpu', 250, 510_000_000))) tree.write(path, text);
    });
    expect(gpu).toMatchObject({ load: known(25), clock: known(510) });
  });

  test('a GPU that is switched off has no clock', async () => {
    const tree = plant(orinNanoJp6);
    tree.write('sys/class/devfreq/17000000.gpu/device/power/runtime_status', 'suspended\n');
    expect((await secondRound(tree)).gpu.clock).toEqual(because('power-gated'));
  });

  test('clocks that jetson_clocks pinned', async () => {
    const tree = plant(orinNanoJp5);
    expect((await secondRound(tree)).cpu.clocksPinned).toEqual(known(false));
    for (const policy of [0, 4]) {
      tree.write(`sys/devices/system/cpu/cpufreq/policy${policy}/scaling_min_freq`, '1510400\n');
    }
    expect((await secondRound(tree)).cpu.clocksPinned).toEqual(known(true));
  });

  test('a power mode that is set while running', async () => {
    const tree = plant(orinNanoJp6, { 'var/lib/nvpmodel/status': 'pmode:0000\n' });
    const { mode } = await secondRound(tree, () => tree.replace('var/lib/nvpmodel/status', 'pmode:0002\n'));
    expect(mode).toMatchObject({ id: known(2), name: known('MAXN_SUPER'), cpuCapMHz: null });
  });

  test('a power monitor that is plugged in is found within half a minute of rounds', async () => {
    const clock = handClock();
    const tree = plant(pi4);
    const sensors = createSensors({ clock, root: tree.root });
    await sensors.read();
    tree.write('sys/class/hwmon/hwmon5/name', 'ina219\n');
    tree.write('sys/class/hwmon/hwmon5/power1_input', '7250000\n');
    let readings = await sensors.read();
    for (let second = 0; second < 30; second += 1) {
      clock.forward(1000);
      readings = await sensors.read();
    }
    sensors.close();
    expect(readings.power).toMatchObject({ kind: 'measured', total: known(7.25), measures: 'what ina219 is wired to' });
  });
});

describe('processes', () => {
  test('none but vcgencmd, and that at most once a second', async () => {
    const tree = plant(pi5);
    const clock = handClock();
    const sensors = createSensors({ clock, root: tree.root, vcgencmd: fakeVcgencmd(tree) });
    for (let round = 0; round < 10; round += 1) {
      await sensors.read();
      clock.forward(300);
    }
    expect(readFileSync(join(tree.root, 'calls'), 'utf8').trim().split('\n')).toEqual(Array(3).fill('pmic_read_adc'));
  });

  test('not on any other board', async () => {
    const tree = plant(pi4);
    await secondRound(tree, undefined, { vcgencmd: fakeVcgencmd(tree) });
    expect(existsSync(join(tree.root, 'calls'))).toBe(false);
  });

  test('one that fails or says nonsense is unknown', async () => {
    const tree = plant(pi5);
    const program = join(tree.root, 'vcgencmd');
    for (const [body, reason] of [
      ['exit 1', 'unreadable'],
      ['echo VCHI initialization failed', 'unreadable'],
      ['exec sleep 30', 'no-answer'],
    ]) {
      writeFileSync(program, `#!/bin/sh\n${body}\n`);
      chmodSync(program, 0o755);
      const { power } = await createSensors({ clock: handClock(), root: tree.root, vcgencmd: program }).read();
      expect(power).toMatchObject({ kind: 'none', total: because(reason ?? '') });
    }
  });
});

test('a second call during a round gets that round', async () => {
  const sensors = createSensors({ clock: handClock(), root: plant(pi4).root });
  const [first, second] = await Promise.all([sensors.read(), sensors.read()]);
  expect(second).toBe(first);
  expect(await sensors.read()).not.toBe(first);
});

test('energy is the sum of power over time', async () => {
  const clock = handClock();
  const tree = plant(orinNanoJp5, ina3221(1, ['VDD_IN', 5_000, 1_000]));
  const sensors = createSensors({ clock, root: tree.root });
  await sensors.read();
  clock.forward(10_000);
  tree.write('sys/class/hwmon/hwmon1/curr1_input', '3000\n');
  const { power } = await sensors.read();
  expect(power.energy).toMatchObject({ joules: known(100), overMs: 10_000 });
});

/** Says what a Pi 5 says, and notes each call. */
function fakeVcgencmd(tree: BoardTree): string {
  const program = join(tree.root, 'vcgencmd');
  writeFileSync(program, `#!/bin/sh\necho "$1" >> ${tree.root}/calls\ncat <<'END'\n${pmicOutput}END\n`);
  chmodSync(program, 0o755);
  return program;
}
