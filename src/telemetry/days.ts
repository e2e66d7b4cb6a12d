/** What a camera's results of one day (UTC) said. */
export interface DayFacts {
  /** `2026-11-24` */
  readonly day: string;
  readonly results: number;
  readonly marginMean: number;
  /** By how often, at most 20. */
  readonly classes: readonly { readonly classId: string; readonly results: number }[];
  /** Of all other classes. */
  readonly otherResults: number;
}

const MOST_CLASSES = 20;
/** A day's names in memory: more than any network here has, and an end for one that is swapped all day. */
const MOST_NAMES = 4096;

class Day {
  readonly day: string;
  readonly #classes = new Map<string, number>();
  #results = 0;
  #marginSum = 0;

  constructor(day: string) {
    this.day = day;
  }

  add(classId: string, margin: number): void {
    this.#results += 1;
    this.#marginSum += margin;
    const before = this.#classes.get(classId);
    if (before !== undefined || this.#classes.size < MOST_NAMES) this.#classes.set(classId, (before ?? 0) + 1);
  }

  facts(): DayFacts {
    const sorted = [...this.#classes].sort(([, a], [, b]) => b - a).slice(0, MOST_CLASSES);
    const shown = sorted.reduce((sum, [, results]) => sum + results, 0);
    return {
      day: this.day,
      results: this.#results,
      marginMean: this.#results === 0 ? 0 : this.#marginSum / this.#results,
      classes: sorted.map(([classId, results]) => ({ classId, results })),
      otherResults: this.#results - shown,
    };
  }
}

/** Today, and the day before it when the daemon saw its end: so that nobody has to listen at midnight. */
export class Days {
  #today: Day | null = null;
  #yesterday: Day | null = null;
  #dayNumber = -1;

  add(classId: string, margin: number, wallMs: number): void {
    this.#turn(wallMs).add(classId, margin);
  }

  facts(wallMs: number): { readonly today: DayFacts; readonly yesterday: DayFacts | null } {
    const today = this.#turn(wallMs).facts();
    return { today, yesterday: this.#yesterday?.facts() ?? null };
  }

  /** A clock that is set makes a new day too; put back a little over midnight it counts on with the same. */
  #turn(wallMs: number): Day {
    const dayNumber = Math.floor(wallMs / 86_400_000);
    const isSame = dayNumber === this.#dayNumber || dayNumber === this.#dayNumber - 1;
    if (this.#today !== null && isSame) return this.#today;
    this.#yesterday = dayNumber === this.#dayNumber + 1 ? this.#today : null;
    this.#dayNumber = dayNumber;
    this.#today = new Day(new Date(dayNumber * 86_400_000).toISOString().slice(0, 10));
    return this.#today;
  }
}
