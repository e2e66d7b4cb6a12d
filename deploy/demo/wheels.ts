import { type Controls, CRUISE_M_S } from './car.js';
import { type SteeringScore, steeringOf } from './driver.js';

/** The part of a result message that steers. */
export interface SteeringResult {
  readonly captureMonotonicNs: string;
  readonly validForMs: number;
  readonly results: readonly SteeringScore[];
}

/** What the car does: follows the newest result while it is valid, and stops where it stands when that expires. */
export interface Wheels {
  /** False for what is no result, is older than the newest one, or says nothing about steering. */
  obey(message: unknown): boolean;
  controlsAt(nowNs: bigint): Controls;
  /** When the newest result expires; 0n before the first. */
  expiresNs(): bigint;
}

export function createWheels(): Wheels {
  let newestNs = 0n;
  let expiresNs = 0n;
  let steering = 0;
  return {
    obey(result) {
      if (!isSteeringResult(result)) return false;
      const capturedNs = BigInt(result.captureMonotonicNs);
      const wanted = steeringOf(result.results);
      if (wanted === null || capturedNs < newestNs) return false;
      newestNs = capturedNs;
      expiresNs = capturedNs + BigInt(Math.round(result.validForMs * 1e6));
      steering = wanted;
      return true;
    },
    controlsAt: (nowNs) => ({ steering, speed: nowNs < expiresNs ? CRUISE_M_S : 0 }),
    expiresNs: () => expiresNs,
  };
}

/** The broker is open to everybody on this machine. */
function isSteeringResult(message: unknown): message is SteeringResult {
  if (typeof message !== 'object' || message === null) return false;
  const { captureMonotonicNs, validForMs, results } = message as Partial<SteeringResult>;
  return /^\d+$/.test(String(captureMonotonicNs)) && Number.isFinite(validForMs) && Array.isArray(results);
}
