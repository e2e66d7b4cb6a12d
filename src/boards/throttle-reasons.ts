/** Why a board is slower than it could be; the same words for every board. */
export const THROTTLE_REASONS = [
  'undervoltage',
  'overcurrent_avg',
  'overcurrent_peak',
  /** The first limit: the kernel or the firmware slows down step by step. */
  'thermal_soft',
  'thermal_hard',
  'freq_capped',
  'throttled_unknown',
  /** A cap that somebody chose, not a fault. */
  'power_mode_cap',
] as const;

export type ThrottleReason = (typeof THROTTLE_REASONS)[number];
