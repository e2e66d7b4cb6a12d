import type { BoardFiles } from './board-files.js';
import type { Probe } from './hwmon.js';
import { isKnown, type Reading, unknown } from './reading.js';

export interface PowerMode {
  readonly id: Reading;
  /** `15W`, `MAXN_SUPER`. */
  readonly name: Reading<string>;
  /** The clock that the mode allows the processor; null: no cap, or not known. */
  readonly cpuCapMHz: number | null;
}

interface Mode {
  readonly id: number;
  readonly name: string;
  readonly cpuCapMHz: number | null;
}

const CONF = 'etc/nvpmodel.conf';
/** nvpmodel writes `pmode:0002` here when a mode is set, and reads it at boot; without the file the default of CONF holds. */
const STATUS = 'var/lib/nvpmodel/status';

/**
 * The power mode of a Jetson, from nvpmodel's own files: no process, no root. Never set from here: some modes need a
 * reboot.
 */
export function createPowerModeProbe(files: BoardFiles): Probe<PowerMode> {
  let modes: readonly Mode[] = [];
  let byDefault: Reading = unknown('absent', `/${CONF}`);
  return {
    async find() {
      const conf = await files.text(CONF);
      if (!isKnown(conf)) {
        modes = [];
        byDefault = conf;
        return;
      }
      modes = parseModes(conf.value);
      const id = /^\s*<\s*PM_CONFIG\s+DEFAULT=(\d+)\s*>/m.exec(conf.value)?.[1];
      byDefault =
        id === undefined
          ? unknown('unreadable', conf.source)
          : { ...conf, value: Number(id), unit: 'id', source: `default in ${conf.source}` };
    },
    async read() {
      const status = await files.text(STATUS);
      const set = isKnown(status) ? /^pmode:(\d+)/.exec(status.value)?.[1] : undefined;
      const id: Reading = isKnown(status)
        ? set === undefined
          ? unknown('unreadable', status.source)
          : { ...status, value: Number(set), unit: 'id' }
        : status.unknown === 'absent'
          ? byDefault
          : status;
      if (!isKnown(id)) return { id, name: id, cpuCapMHz: null };
      const mode = modes.find((candidate) => candidate.id === id.value);
      if (mode === undefined) return { id, name: unknown('unreadable', `/${CONF}`), cpuCapMHz: null };
      return { id, name: { ...id, value: mode.name, unit: 'text' }, cpuCapMHz: mode.cpuCapMHz };
    },
  };
}

/** Sections `< POWER_MODEL ID=2 NAME=MAXN_SUPER >` with lines `CPU_A78_0 MAX_FREQ 1497600` in kHz, -1 for no cap. */
export function parseModes(conf: string): readonly Mode[] {
  const modes: Mode[] = [];
  for (const line of conf.split('\n')) {
    const head = /^\s*<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=(\S+)\s*>/.exec(line);
    if (head !== null) modes.push({ id: Number(head[1]), name: head[2] ?? '', cpuCapMHz: null });
    const current = modes.at(-1);
    const kilohertz = Number(/^\s*CPU_\w+\s+MAX_FREQ\s+(\d+)/.exec(line)?.[1] ?? 0);
    if (current === undefined || kilohertz === 0) continue;
    const cpuCapMHz = Math.min(current.cpuCapMHz ?? Number.POSITIVE_INFINITY, kilohertz / 1000);
    modes[modes.length - 1] = { ...current, cpuCapMHz };
  }
  return modes;
}
