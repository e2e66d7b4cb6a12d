import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { UNKNOWN_REASONS } from '../../src/boards/reading.js';
import { THROTTLE_REASONS } from '../../src/boards/throttle-reasons.js';
import { sensors } from '../../src/commands/sensors.js';
import { plant } from '../boards/board-tree.js';
import { orinNanoJp6 } from '../fixtures/boards/orin-nano.js';
import { deviceTree, l4t } from '../fixtures/boards/parts.js';
import { pi4 } from '../fixtures/boards/pi-4.js';

/** What the command writes on a board, and its exit code. */
async function on(root: string, options = {}): Promise<{ text: string; code: number }> {
  const texts: string[] = [];
  const code = await sensors(options, { write: (text) => void texts.push(text), isTerminal: false, sensors: { root } });
  return { text: texts.join(''), code };
}

test('a table of all readings, with unit and source, or why unknown', async () => {
  const { text, code } = await on(plant(orinNanoJp6).root);
  expect(code).toBe(0);
  for (const line of [
    /^board .*Orin Nano.* \(jetson-orin, tegra234\)$/m,
    /^JetPack +6\.2 \(Jetson Linux 36\.4\.3\)$/m,
    /^power +measured: module input/m,
    /^throttled by +power_mode_cap$/m,
    /^headroom +47\.4 °C +passive trip point of tj-thermal$/m,
    /^zone cv0-thermal +48 °C +\/sys\/class\/thermal\/thermal_zone2\/temp$/m,
    /^rail VDD_IN +6\.06 W +VDD_IN/m,
    /^events oc3 \(overcurrent_peak\) +27390 events/m,
    /^power mode +25W +default in \/etc\/nvpmodel\.conf$/m,
    /^throttle word +\? +unknown, absent: /m,
    /^absent +this board has no such sensor/m,
  ]) {
    expect(text).toMatch(line);
  }
});

test('one JSON line a round', async () => {
  const { text } = await on(plant(pi4).root, { json: true });
  expect(text.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(text)).toMatchObject({
    board: { family: 'pi-4', refusal: null },
    thermal: { soc: { value: 62.816, unit: 'C', atNs: expect.stringMatching(/^\d+$/) } },
    power: { kind: 'estimate', errorPercent: 30 },
    gpu: { load: { unknown: 'absent' } },
  });
});

test('a board that is not supported is shown all the same, with what to do', async () => {
  const nano = { ...deviceTree('NVIDIA Jetson Nano', 'nvidia,tegra210'), ...l4t(32, '7.4') };
  const { text, code } = await on(plant(nano).root);
  expect(code).toBe(1);
  expect(text).toMatch(/^not supported +NVIDIA Jetson Nano ends at JetPack 4/m);
});

test('watching goes on until it is told to end', async () => {
  const stop = new AbortController();
  const texts: string[] = [];
  const write = (text: string): void => {
    texts.push(text);
    if (texts.length === 3) stop.abort();
  };
  const { root } = plant(pi4);
  const code = await sensors({ watch: true }, { write, isTerminal: true, signal: stop.signal, sensors: { root } });
  expect(code).toBe(0);
  expect(texts).toHaveLength(3);
  expect(texts.slice(1).every((text) => text.startsWith('\u001b[H\u001b[2J'))).toBe(true);
});

test('docs/sensors.md explains every reason', () => {
  const page = readFileSync(new URL('../../docs/sensors.md', import.meta.url), 'utf8');
  const rows = Object.entries(UNKNOWN_REASONS).map(([reason, meaning]) => `| \`${reason}\` | ${meaning} |`);
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  expect(THROTTLE_REASONS.filter((reason) => !page.includes(`| \`${reason}\` |`))).toEqual([]);
});
