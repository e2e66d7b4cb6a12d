/** What a sensor said, or why nobody knows. Never a made-up number: unknown is not zero and not fine. */
export type Unit = 'C' | 'W' | 'J' | 'mV' | 'mA' | 'MHz' | '%' | 'rpm' | 'events' | 'id' | 'text' | 'yes/no';

export interface Known<T = number> {
  readonly value: T;
  readonly unit: Unit;
  /** When it was read, on the monotonic clock. */
  readonly atNs: bigint;
  /** The file, program or rule that it comes from. */
  readonly source: string;
}

export interface Unknown {
  readonly unknown: UnknownReason;
  /** What was asked. */
  readonly source: string;
}

export type Reading<T = number> = Known<T> | Unknown;

/** Why a reading is unknown; `docs/sensors.md` shows this table. */
export const UNKNOWN_REASONS = {
  absent: 'this board has no such sensor, or its kernel does not show it',
  'power-gated': 'the part is switched off, and its sensor with it',
  denied: 'the daemon may not read the file or start the program',
  'no-answer': 'the driver or program did not answer in time',
  unreadable: 'the driver failed, or gave no number',
  implausible: 'the number can not be true',
  'not-yet': 'it takes two rounds to say, and this was the first',
  'no-total': 'none of the rails is known to be the whole',
  ambiguous: 'several sensors could be meant',
} as const;

export type UnknownReason = keyof typeof UNKNOWN_REASONS;

export const unknown = (reason: UnknownReason, source: string): Unknown => ({ unknown: reason, source });

export const isKnown = <T>(reading: Reading<T>): reading is Known<T> => 'value' in reading;

/** The value, or null where it is unknown. */
export const valueOrNull = <T>(reading: Reading<T>): T | null => (isKnown(reading) ? reading.value : null);

/** A number made of a known reading; the reason stays where it is unknown. */
export function derive<T>(reading: Reading<T>, unit: Unit, from: (value: T) => number | UnknownReason): Reading {
  if (!isKnown(reading)) return reading;
  const value = from(reading.value);
  return typeof value === 'number' ? { ...reading, value, unit } : unknown(value, reading.source);
}
