import type { Board } from './detect.js';
import { isKnown, type Reading, unknown } from './reading.js';

export interface PowerEstimate {
  readonly total: Reading;
  /** How far off it may be, of the board alone; what is plugged in comes on top. */
  readonly errorPercent: number | null;
}

interface Model {
  readonly idleW: number;
  readonly busyW: number;
  readonly errorPercent: number;
}

/**
 * Board alone, idle and with every core busy. Not measured by us: bench figures that others published (pidramble.com for
 * the 3 and 4; for the Zero 2 W cnx-software's idle figure and a busy figure from several reviews that differ more).
 */
const PI_3: Model = { idleW: 1.4, busyW: 3.7, errorPercent: 30 };
const PI_3_PLUS: Model = { idleW: 1.9, busyW: 5.1, errorPercent: 30 };
const PI_4: Model = { idleW: 2.7, busyW: 6.4, errorPercent: 30 };
const PI_ZERO_2: Model = { idleW: 0.6, busyW: 2.4, errorPercent: 40 };

function modelOf(board: Board): Model | null {
  if (board.family === 'pi-3') return /plus/i.test(board.model ?? '') ? PI_3_PLUS : PI_3;
  if (board.family === 'pi-4') return PI_4;
  return board.family === 'pi-zero-2' ? PI_ZERO_2 : null;
}

/** For boards without any power sensor: a straight line from idle to busy along the processor's utilisation. */
export function estimatePower(board: Board, utilisation: Reading): PowerEstimate {
  const model = modelOf(board);
  if (model === null) return { total: unknown('absent', 'power sensor'), errorPercent: null };
  const source = `estimate from utilisation, ±${model.errorPercent} %`;
  if (!isKnown(utilisation)) return { total: unknown(utilisation.unknown, source), errorPercent: model.errorPercent };
  const value = model.idleW + (model.busyW - model.idleW) * (utilisation.value / 100);
  return { total: { value, unit: 'W', atNs: utilisation.atNs, source }, errorPercent: model.errorPercent };
}
