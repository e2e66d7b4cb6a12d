import { setTimeout } from 'node:timers/promises';
import { createSensors, type Sensors, type SensorsOptions } from '../boards/sensors.js';
import { systemClock } from '../clock.js';
import { EXIT_FAILED, EXIT_OK } from './exit-codes.js';
import { sensorsTable } from './sensors-table.js';

export interface SensorsCommandOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

export interface SensorsCommandContext {
  readonly write: (text: string) => void;
  /** Whether what is written shows on a terminal, which is then cleared for each table. */
  readonly isTerminal: boolean;
  /** Ends a watch. */
  readonly signal?: AbortSignal;
  readonly sensors?: Omit<SensorsOptions, 'clock'>;
}

/** Utilisation needs two rounds. */
const FIRST_PAUSE_MS = 500;
const WATCH_PERIOD_MS = 1_000;
const CLEAR = '\u001b[H\u001b[2J';

/** `edgenextd sensors`: what this board says about itself, once or each second. Exit code 1: not a supported board. */
export async function sensors(options: SensorsCommandOptions, context: SensorsCommandContext): Promise<number> {
  const { write, isTerminal, signal } = context;
  const board = createSensors({ clock: systemClock, ...context.sensors });
  const pause = (ms: number): Promise<unknown> =>
    setTimeout(ms, null, signal === undefined ? {} : { signal }).catch(() => null);
  try {
    await board.read();
    await pause(FIRST_PAUSE_MS);
    write(await show(board, options));
    while (options.watch === true && signal?.aborted !== true) {
      await pause(WATCH_PERIOD_MS);
      const text = await show(board, options);
      write(options.json !== true && isTerminal ? `${CLEAR}${text}` : text);
    }
  } finally {
    board.close();
  }
  return board.board.refusal === null ? EXIT_OK : EXIT_FAILED;
}

/** JSON: one line a round; monotonic times as text, because they can be larger than its numbers. */
async function show(sensors: Sensors, { json }: SensorsCommandOptions): Promise<string> {
  const readings = await sensors.read();
  if (json !== true) return sensorsTable(sensors.board, readings);
  const text = JSON.stringify({ board: sensors.board, ...readings }, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return `${text}\n`;
}
