import { isClockSynchronized } from '../boards/clock-sync.js';
import type { Clock } from '../clock.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../log.js';
import type { Command } from '../publish/command-ways.js';
import type { Publisher } from '../publish/publisher.js';
import { Dispatcher } from '../remote/dispatcher.js';
import type { Inhibits } from '../remote/inhibits.js';
import type { Handlers } from '../remote/verbs.js';
import { type ReportParts, stateOf } from './reports.js';
import { takeRestartNote, writeRestartNote } from './restart-note.js';
import type { Settings } from './settings.js';

export interface VerbParts {
  readonly config: Config;
  readonly reports: ReportParts;
  readonly settings: Settings;
  readonly inhibits: Inhibits;
  readonly publisher: () => Publisher | null;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
  /** The daemon ends, to be started again by whoever keeps it. */
  readonly restart: () => void;
}

/** What each command does to this daemon. */
export function createDispatcher(parts: VerbParts): (command: Command) => void {
  const { config, clock, log } = parts;
  const dispatcher = new Dispatcher({
    handlers: handlersOf(parts),
    // Who may connect to the local socket is decided by its file mode.
    isAllowed: (verb, way) => way === 'socket' || config.commands.allow.includes(verb),
    isClockTrusted: () => isClockSynchronized(clock.wallMs()) === true,
    clock,
    log,
    restartedBy: takeRestartNote(config.stateDir, clock.wallMs()),
  });
  return (command) => dispatcher.handle(command);
}

function handlersOf({
  config,
  clock,
  log,
  reports,
  settings,
  inhibits,
  publisher,
  version,
  restart,
}: VerbParts): Handlers {
  const nowSet = () => ({
    settings: settings.list().map(({ path, value, persistent }) => ({ path, value, persistent })),
  });
  const switchCamera = async (camera: string, enabled: boolean, lasting: { persist: boolean; ttl: number | null }) => {
    await settings.set({ cameras: Object.fromEntries([[camera, { enabled }]]) }, lasting);
    return { camera, enabled };
  };
  return {
    ping: () => ({ sessionId: reports.sessionId, version }),
    'state.get': () => ({ ...publisher()?.stateNow(stateOf(reports)) }),
    'config.get': () => ({ config: settings.shown() }),
    'config.set': async ({ set, ...lasting }, progress) => {
      const done = settings.set(set, lasting);
      progress('checking; the cameras follow');
      await done;
      return nowSet();
    },
    'config.reset': async ({ paths }) => {
      await settings.reset(paths);
      return nowSet();
    },
    'camera.enable': ({ camera, ...lasting }) => switchCamera(camera, true, lasting),
    'camera.disable': ({ camera, ...lasting }) => switchCamera(camera, false, lasting),
    inhibit: ({ reason, ttl }) => {
      inhibits.inhibit(reason, ttl);
      return { inhibited: inhibits.isInhibited() };
    },
    restart: async (_args, _progress, asked) => {
      await writeRestartNote(config.stateDir, asked, clock.wallMs()).catch((error: unknown) => {
        log.warn({ err: error }, 'the restart could not be noted: sent again, it is done again');
      });
      // The answer goes first: what is published before the daemon ends is sent before it ends.
      setImmediate(restart);
      return {};
    },
  };
}
