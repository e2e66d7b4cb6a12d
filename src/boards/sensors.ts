/**
 * What the board offers: temperatures, rails, throttle reasons, clocks, fan, pressure. Every reading is a value with its
 * time and source, or unknown with the reason; one that fails takes no other with it. `read()` never throws or rejects.
 * When slow: files are read one after the other, each with a deadline, so that a stuck driver costs at most two deadlines
 * a round and one of Node's file threads, never the round. No process is started but a Pi 5's `vcgencmd`.
 * To test: give a root with a copied tree, and a reader that fails as a kernel does.
 */
import { type Clock, msToNs } from '../clock.js';
import { createBoardFiles } from './board-files.js';
import { type Cpu, createCpuProbe } from './cpu.js';
import { type Board, detectBoard } from './detect.js';
import { createEnergyMeter, type Energy } from './energy.js';
import { createExternalPowerProbe } from './external-power.js';
import { createFanProbe, type Fan } from './fan.js';
import { createGpuProbe, type Gpu } from './gpu.js';
import { summarize, type Temperatures } from './headroom.js';
import type { FileReader } from './kept-files.js';
import { createPowerModeProbe, type PowerMode } from './nvpmodel.js';
import { createOvercurrentProbe } from './overcurrent.js';
import { createThrottleWordProbe } from './pi-throttle.js';
import { createPmicProbe } from './pmic.js';
import { chooseTotal, type PowerTotal } from './power.js';
import { type CpuPressure, readCpuPressure } from './pressure.js';
import { createRailProbe, type Rail } from './rails.js';
import type { Reading } from './reading.js';
import { readSupply } from './supply.js';
import { createThermalProbe, type ThermalZones } from './thermal.js';
import { createThrottleWatch, type Throttle } from './throttle.js';

export interface SensorReadings {
  /** When the round began. */
  readonly atNs: bigint;
  readonly thermal: Temperatures & ThermalZones;
  readonly power: PowerTotal & {
    readonly energy: Energy;
    readonly rails: readonly Rail[];
    /** What the power supply can give. */
    readonly supply: Reading;
  };
  readonly throttle: Throttle;
  readonly cpu: Cpu & { readonly pressure: CpuPressure };
  readonly gpu: Gpu;
  readonly fans: readonly Fan[];
  readonly mode: PowerMode;
}

export interface Sensors {
  readonly board: Board;
  /** One round. Called again while one is under way, it gives that one's answer. */
  read(): Promise<SensorReadings>;
  /** Closes the files; a round under way ends as it can. */
  close(): void;
}

export interface SensorsOptions {
  readonly clock: Clock;
  /** `/`, or a tree that a test made. */
  readonly root?: string;
  readonly reader?: FileReader;
  /** For one file. */
  readonly deadlineMs?: number;
  /** Of a Pi 5's power chip. */
  readonly vcgencmd?: string;
}

/**
 * Only the first round looks for everything there is; later ones go through the probes in turn, so that looking adds little
 * to a round: each probe's turn comes in half a minute of rounds a second apart, in a minute and a half at one in 30 s.
 */
const LOOK_EVERY_NS = msToNs(3_000);
const MOST_LOOKS_A_ROUND = 3;

export function createSensors(options: SensorsOptions): Sensors {
  const { clock, root = '/', reader, deadlineMs, vcgencmd } = options;
  const board = detectBoard(root);
  const files = createBoardFiles({
    root,
    clock,
    ...(reader === undefined ? {} : { reader }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
  const thermal = createThermalProbe(files);
  const rails = createRailProbe(files);
  const external = createExternalPowerProbe(files);
  const pmic =
    board.family === 'pi-5'
      ? createPmicProbe({ clock, ...(vcgencmd === undefined ? {} : { program: vcgencmd }) })
      : null;
  const overcurrent = createOvercurrentProbe(files, board);
  const word = createThrottleWordProbe(files);
  const cpu = createCpuProbe(files);
  const gpu = createGpuProbe(files);
  const fans = createFanProbe(files);
  const mode = createPowerModeProbe(files);
  const energy = createEnergyMeter();
  const watch = createThrottleWatch(board);

  const probes = [thermal, rails, external, overcurrent, word, cpu, gpu, fans, mode];
  let nextProbe = 0;
  let lookedAtNs: bigint | null = null;
  let underWay: Promise<SensorReadings> | null = null;

  async function look(nowNs: bigint): Promise<void> {
    const due =
      lookedAtNs === null ? probes.length : Math.min(MOST_LOOKS_A_ROUND, Number((nowNs - lookedAtNs) / LOOK_EVERY_NS));
    if (due > 0) lookedAtNs = nowNs;
    for (let count = 0; count < due; count += 1) {
      await probes[nextProbe]?.find();
      nextProbe = (nextProbe + 1) % probes.length;
    }
  }

  async function round(): Promise<SensorReadings> {
    const atNs = clock.monotonicNs();
    const power = pmic?.read() ?? null;
    await look(atNs);
    const zones = await thermal.read();
    const temperatures = summarize(board, zones);
    const cpuNow = await cpu.read();
    const modeNow = await mode.read();
    const own = await rails.read();
    const others = await external.read();
    const throttle = watch.see({
      atNs,
      soc: temperatures.soc,
      thermal: zones,
      cpu: cpuNow,
      mode: modeNow,
      word: await word.read(),
      overcurrent: await overcurrent.read(),
    });
    const pressure = await readCpuPressure(files);
    const gpuNow = await gpu.read();
    const fansNow = await fans.read();
    const supply = await readSupply(files);
    const chip = await power;
    const total = chooseTotal(board, { rails: own, external: others, pmic: chip, utilisation: cpuNow.utilisation });
    return {
      atNs,
      thermal: { ...temperatures, ...zones },
      power: { ...total, energy: energy.add(total.total), rails: [...own, ...others, ...(chip?.rails ?? [])], supply },
      throttle,
      cpu: { ...cpuNow, pressure },
      gpu: gpuNow,
      fans: fansNow,
      mode: modeNow,
    };
  }

  return {
    board,
    read() {
      underWay ??= round().finally(() => {
        underWay = null;
      });
      return underWay;
    },
    close: () => files.close(),
  };
}
