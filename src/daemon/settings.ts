import { type Clock, msToNs, nsToMs } from '../clock.js';
import type { ConfigOutcome } from '../config/last-good.js';
import { mergeTrees } from '../config/merge.js';
import { applySettings, nameOf, overlayTree, type Setting, settingsIn } from '../config/overlay.js';
import { overlayFile, readOverlay, writeOverlay } from '../config/overlay-file.js';
import type { Config } from '../config/schema.js';
import { maskConfig } from '../config/show.js';
import { configurationError } from '../errors.js';
import type { ConditionRegistry } from '../health/registry.js';
import type { Logger } from '../log.js';
import type { StateFacts } from '../publish/build-health.js';

export interface SettingsParts {
  readonly outcome: ConfigOutcome;
  readonly conditions: ConditionRegistry;
  readonly clock: Clock;
  readonly log: Logger;
  /** The settings changed; resolves when the daemon follows them. */
  readonly apply: (before: Config, now: Config) => Promise<void>;
}

interface Lasting {
  readonly persist: boolean;
  /** Seconds; null: until the daemon ends. */
  readonly ttl: number | null;
}

interface Temporary extends Setting {
  readonly untilNs: bigint | null;
}

/** Of one timer; a longer wait takes several. */
const LONGEST_TIMER_MS = 3_600_000;
/** Of either kind together. */
const MOST_SETTINGS = 256;

/**
 * The configuration as it is in force: the file, over it what was stored, over that what was set for now. One change at
 * a time; one that is not valid as a whole, or can't be stored, changes nothing.
 */
export class Settings {
  readonly #parts: SettingsParts;
  readonly #base: Config;
  #stored: readonly Setting[] = [];
  #temporary: readonly Temporary[] = [];
  #current: Config;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(parts: SettingsParts) {
    this.#parts = parts;
    this.#base = parts.outcome.config;
    this.#current = this.#base;
  }

  /** Reads what was stored, and says what of it does not fit any more. */
  load(): Config {
    // Without cameras nothing would fit, and the next change would forget it.
    if (this.#parts.outcome.source === 'minimal') return this.#current;
    const { settings, ignored } = readOverlay(this.#base);
    this.#stored = settings;
    this.#current = applySettings(this.#base, settings);
    for (const reason of ignored) this.#parts.log.warn({ reason }, 'a stored setting is left out');
    if (ignored.length > 0) {
      this.#parts.conditions.raise('settings-ignored', null, { count: ignored.length, first: ignored[0] ?? '' });
    }
    return this.#current;
  }

  readonly current = (): Config => this.#current;

  /** The configuration in force, secrets masked. Throws `no-configuration` (configuration). */
  shown(): Config {
    const { outcome } = this.#parts;
    if (outcome.source === 'minimal') throw noConfiguration();
    const { loaded } = outcome;
    const place = { file: overlayFile(this.#base.stateDir), line: 0 };
    const tree = mergeTrees(loaded.tree, overlayTree([...this.#stored, ...this.#temporary], place));
    return maskConfig({ ...loaded, config: this.#current, tree });
  }

  list(): StateFacts['settings'] {
    const temporary = new Set(this.#temporary.map(nameOf));
    const stored = this.#stored.filter((setting) => !temporary.has(nameOf(setting)));
    return [
      ...stored.map((setting) => ({ path: nameOf(setting), value: setting.value, persistent: true, untilNs: null })),
      ...this.#temporary.map((setting) => ({
        path: nameOf(setting),
        value: setting.value,
        persistent: false,
        untilNs: setting.untilNs,
      })),
    ];
  }

  /** Resolves when the daemon follows. Throws `not-settable`, `setting-invalid`, `too-many-settings` (configuration), `state-dir-unwritable` (device). */
  set(part: unknown, { persist, ttl }: Lasting): Promise<void> {
    return this.#inTurn(() => {
      const added = settingsIn(part, this.#base);
      const untilNs = ttl === null ? null : this.#parts.clock.monotonicNs() + msToNs(ttl * 1000);
      const temporary = without(this.#temporary, added);
      return persist
        ? this.#change([...without(this.#stored, added), ...added], temporary)
        : this.#change(this.#stored, [...temporary, ...added.map((setting) => ({ ...setting, untilNs }))]);
    });
  }

  /** null: all. Throws `not-set` (configuration) for a path that is not set. */
  reset(paths: readonly string[] | null): Promise<void> {
    return this.#inTurn(() => {
      const set = new Set([...this.#stored, ...this.#temporary].map(nameOf));
      const unknown = paths?.find((path) => !set.has(path));
      if (unknown !== undefined) {
        throw configurationError('not-set', `${unknown} is not set; set are: ${[...set].join(', ') || 'none'}`);
      }
      const stays = (setting: Setting): boolean => paths !== null && !paths.includes(nameOf(setting));
      this.#parts.conditions.clear('settings-ignored');
      return this.#change(this.#stored.filter(stays), this.#temporary.filter(stays), paths === null);
    });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #change(stored: readonly Setting[], temporary: readonly Temporary[], rewrite = false): Promise<void> {
    if (stored.length + temporary.length > MOST_SETTINGS) {
      throw configurationError('too-many-settings', `more than ${MOST_SETTINGS} settings; send config.reset first`);
    }
    const now = applySettings(this.#base, [...stored, ...temporary]);
    if (rewrite || stored.map(keyOf).join() !== this.#stored.map(keyOf).join()) {
      await writeOverlay(this.#base.stateDir, stored);
    }
    const before = this.#current;
    this.#stored = stored;
    this.#temporary = temporary;
    this.#current = now;
    this.#waitForEnd();
    if (!this.#isClosed) await this.#parts.apply(before, now);
  }

  #waitForEnd(): void {
    clearTimeout(this.#timer);
    const ends = this.#temporary.flatMap(({ untilNs }) => (untilNs === null ? [] : [untilNs]));
    if (ends.length === 0 || this.#isClosed) return;
    const nowNs = this.#parts.clock.monotonicNs();
    const leftMs = Math.min(...ends.map((end) => Math.max(1, Math.ceil(nsToMs(end - nowNs)))));
    this.#timer = setTimeout(() => this.#takeBack(), Math.min(leftMs, LONGEST_TIMER_MS));
  }

  #takeBack(): void {
    const done = this.#inTurn(async () => {
      const nowNs = this.#parts.clock.monotonicNs();
      const left = this.#temporary.filter(({ untilNs }) => untilNs === null || untilNs > nowNs);
      if (left.length === this.#temporary.length) this.#waitForEnd();
      else await this.#change(this.#stored, left);
    });
    done.catch((error: unknown) => this.#parts.log.error({ err: error }, 'a setting could not be taken back'));
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    if (this.#parts.outcome.source === 'minimal') return Promise.reject(noConfiguration());
    const done = this.#turn.then(change);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

const keyOf = (setting: Setting): string => `${nameOf(setting)}=${JSON.stringify(setting.value)}`;

function without<S extends Setting>(settings: readonly S[], removed: readonly Setting[]): S[] {
  const names = new Set(removed.map(nameOf));
  return settings.filter((setting) => !names.has(nameOf(setting)));
}

const noConfiguration = () =>
  configurationError('no-configuration', 'the configuration has mistakes: see `edgenextd config check`');
