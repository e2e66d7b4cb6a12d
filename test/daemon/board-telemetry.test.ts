/** What the sensors of each board become in a message. */
import { describe, expect, it } from 'vitest';
import { createSensors } from '../../src/boards/sensors.js';
import { createSensorInterval } from '../../src/daemon/sensor-facts.js';
import { buildTelemetry } from '../../src/publish/build-telemetry.js';
import { MESSAGES } from '../../src/publish/messages.js';
import { BOARD_FIGURES, type BoardFigure } from '../../src/publish/telemetry-message.js';
import { handClock, plant } from '../boards/board-tree.js';
import { orinNanoJp6 } from '../fixtures/boards/orin-nano.js';
import type { Tree } from '../fixtures/boards/parts.js';
import { pc } from '../fixtures/boards/pc.js';
import { pi4 } from '../fixtures/boards/pi-4.js';
import { xavierNx } from '../fixtures/boards/xavier-nx.js';
import { contextNow } from '../publish/sample.js';
import { telemetryFacts } from '../publish/telemetry-facts.js';

async function messageOf(tree: Tree) {
  const clock = handClock();
  const { root, write } = plant(tree);
  const sensors = createSensors({ clock, root });
  const interval = createSensorInterval();
  interval.see(await sensors.read());
  clock.forward(30_000);
  write('proc/stat', 'cpu  1050 0 500 8050 100 0 50 0 0 0\n');
  const { figures, facts } = interval.take(await sensors.read(), 30, 100);
  sensors.close();
  const all = { ...telemetryFacts, ...facts, board: { ...telemetryFacts.board, ...figures } };
  return MESSAGES.telemetry.parse({ headerId: 0, ...buildTelemetry(contextNow(), all) });
}

describe('telemetry of', () => {
  it.each([
    ['an Orin Nano', orinNanoJp6, { powerKind: 'measured', powerErrorPct: null }],
    ['a Xavier NX', xavierNx, { powerKind: 'measured', powerErrorPct: null }],
    ['a Pi 4', pi4, { powerKind: 'estimate', powerErrorPct: 30, throttled: false, socTempC: 62.816, gpuMHz: null }],
    ['a PC', pc, { powerKind: 'none', powerW: null, energyJ: null }],
  ])('%s is valid and explains what is not known', async (_what, tree, expected) => {
    const message = await messageOf(tree);
    expect(message).toMatchObject(expected);
    const explained = new Set(message.unknown.map(({ field }) => field));
    for (const figure of Object.keys(BOARD_FIGURES) as BoardFigure[]) {
      expect([figure, message[figure] === null]).toEqual([figure, explained.has(figure)]);
    }
    for (const { sensor, tempC } of message.temperatures) {
      expect([sensor, tempC === null]).toEqual([sensor, explained.has(`temperatures.${sensor}.tempC`)]);
    }
  });

  it('a board whose power is measured has the energy of the interval and of a frame', async () => {
    const { powerW, powerMeasures, energyJ, energyPerFrameJ, rails } = await messageOf(orinNanoJp6);
    expect(powerMeasures).toMatch(/module input/);
    expect(energyJ).toBeCloseTo((powerW ?? 0) * 30, 1);
    expect(energyPerFrameJ).toBeCloseTo((energyJ ?? 0) / 100, 2);
    expect(rails.map(({ rail }) => rail)).toContain('VDD_IN');
  });
});
