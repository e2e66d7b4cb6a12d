import { existsSync } from 'node:fs';
import { type Figure, Growth, isKnown, missing, numberIn, readNow } from './figures.js';

export interface BoardLoad {
  /** Of all cores together, since the last round. */
  readonly cpuBusyPct: Figure;
  readonly load1: Figure;
  readonly memoryTotalMB: Figure;
  readonly memoryAvailableMB: Figure;
  readonly swapUsedMB: Figure;
  /** Since the last round, over the network's hardware: bridges and tunnels would count the same bytes again. */
  readonly receivedBytes: Figure;
  readonly sentBytes: Figure;
}

/** What the whole board does, from /proc. Keeps the counters of the last round. */
export function createBoardLoad(root: string): () => BoardLoad {
  const busy = new Growth();
  const all = new Growth();
  const received = new Growth();
  const sent = new Growth();

  return () => {
    const cpu = cpuTicks(readNow(`${root}/proc/stat`));
    const memory = readNow(`${root}/proc/meminfo`);
    const network = networkBytes(readNow(`${root}/proc/net/dev`), root);
    const memoryMB = (name: string): Figure => numberIn(memory, new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'), 1 / 1024);
    return {
      cpuBusyPct: shareOf(busy.since(cpu.busy), all.since(cpu.all)),
      load1: numberIn(readNow(`${root}/proc/loadavg`), /^([\d.]+) /),
      memoryTotalMB: memoryMB('MemTotal'),
      memoryAvailableMB: memoryMB('MemAvailable'),
      swapUsedMB: difference(memoryMB('SwapTotal'), memoryMB('SwapFree')),
      receivedBytes: received.since(network.received),
      sentBytes: sent.since(network.sent),
    };
  };
}

/** `cpu user nice system idle iowait irq softirq steal …` (proc_stat(5)); guest time is in user already. */
function cpuTicks(stat: ReturnType<typeof readNow>): { busy: Figure; all: Figure } {
  if (typeof stat !== 'string') return { busy: stat, all: stat };
  const ticks = /^cpu +([\d ]+)/.exec(stat)?.[1]?.trim().split(' ').slice(0, 8).map(Number) ?? [];
  if (ticks.length < 5) return { busy: missing('unreadable'), all: missing('unreadable') };
  const all = ticks.reduce((sum, each) => sum + each, 0);
  return { busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0), all };
}

function shareOf(part: Figure, whole: Figure): Figure {
  if (!isKnown(part)) return part;
  if (!isKnown(whole)) return whole;
  return whole === 0 ? missing('not-yet') : (100 * part) / whole;
}

function difference(from: Figure, less: Figure): Figure {
  if (!isKnown(from)) return from;
  return isKnown(less) ? from - less : less;
}

/** Lines `eth0: received-bytes packets errs drop fifo frame compressed multicast sent-bytes …` (proc_pid_net(5)). */
function networkBytes(dev: ReturnType<typeof readNow>, root: string): { received: Figure; sent: Figure } {
  if (typeof dev !== 'string') return { received: dev, sent: dev };
  const rows = [...dev.matchAll(/^\s*([^\s:]+):\s*(\d+)(?:\s+\d+){7}\s+(\d+)/gm)];
  const hardware = rows.filter(([, name]) => existsSync(`${root}/sys/class/net/${name}/device`));
  if (hardware.length === 0) return { received: missing('absent'), sent: missing('absent') };
  const sum = (column: number): number => hardware.reduce((total, row) => total + Number(row[column]), 0);
  return { received: sum(2), sent: sum(3) };
}
