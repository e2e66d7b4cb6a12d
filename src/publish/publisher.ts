import type { FrameResult } from '../result.js';
import type { ConditionFacts, FactsheetFacts, StateFacts } from './build-health.js';
import type { TelemetryFacts } from './build-telemetry.js';
import type { CameraFacts } from './camera-statuses.js';
import type { ResultPolicy } from './result-policy.js';

/** What became of one message. Nothing reports success for what did not happen. */
export type Delivery =
  | { readonly outcome: 'sent' }
  | { readonly outcome: 'queued' }
  | { readonly outcome: 'dropped'; readonly reason: string };

/** Everything that the daemon says to the outside, whatever the way. Never blocks the loop, never throws. */
export interface Publisher {
  result(result: FrameResult): void;
  /** Called on every change of a camera; `state` tells the rates. Publishes `status/{camera}` when it says something new. */
  camera(facts: CameraFacts): void;
  state(facts: StateFacts): void;
  /** What `state` would say now, without its header number. */
  stateNow(facts: StateFacts): Readonly<Record<string, unknown>>;
  /** From now on, of one camera. */
  setPolicy(camera: string, policy: ResultPolicy): void;
  /** Old news after twice its interval. */
  telemetry(facts: TelemetryFacts): void;
  /** Publishes `factsheet` when it differs from the last one. */
  factsheet(facts: FactsheetFacts): void;
  alert(condition: ConditionFacts, active: boolean): void;
  close(): Promise<void>;
}
