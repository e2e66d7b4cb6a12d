import type { FrameResult } from '../result.js';

/** What became of one message. Nothing reports success for what did not happen. */
export type Delivery =
  | { readonly outcome: 'sent' }
  | { readonly outcome: 'queued' }
  | { readonly outcome: 'dropped'; readonly reason: string };

/** Everything that the daemon says to the outside, whatever the way. Never blocks the loop, never throws. */
export interface Publisher {
  result(result: FrameResult): void;
  close(): Promise<void>;
}
