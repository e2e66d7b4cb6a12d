import type { Identity } from '../boards/identity.js';
import type { Clock } from '../clock.js';
import type { Config } from '../config/schema.js';
import { asEdgeError, EdgeError } from '../errors.js';
import type { ConditionRegistry } from '../health/registry.js';
import type { Logger } from '../log.js';
import { BrokerLink } from '../publish/broker-link.js';
import type { WireCommand } from '../publish/command-topic.js';
import { type Command, openCommandWays } from '../publish/command-ways.js';
import { LocalSocket } from '../publish/local-socket.js';
import type { Publisher } from '../publish/publisher.js';
import { contextOf, createPublisher, type Sender } from '../publish/publishers.js';
import { createClockSyncWatch } from './clock-sync-watch.js';
import { watchBroker } from './watch.js';

export interface SinkTools {
  readonly board: Identity;
  readonly conditions: ConditionRegistry;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** The broker is there: what it should know is told again. */
  readonly brokerOnline: () => void;
  /** Somebody sent a command, by whichever way. */
  readonly dispatch: (command: Command) => void;
}

/** The ways out of the daemon. The broker is not yet dialled: call its `start`. */
export interface Sinks {
  readonly publisher: Publisher;
  readonly broker: BrokerLink | null;
}

/** Throws a configuration error `socket-in-use` when another daemon listens; without the socket for any other reason it goes on. */
export async function openSinks(config: Config, tools: SinkTools): Promise<Sinks> {
  const { clock, log, board, random, conditions, brokerOnline, dispatch } = tools;
  const { device, mqtt, cameras, commands } = config;
  const sender: Sender = {
    identity: { manufacturer: device.manufacturer, serialNumber: device.serial },
    bootId: board.bootId,
    isClockSynchronized: createClockSyncWatch(clock),
    clock,
  };
  const socket = await openSocket(config, tools);
  const context = () => contextOf(sender);
  const link = {
    context,
    clock,
    listener: watchBroker(conditions, brokerOnline),
    log,
    random,
    // Some brokers cut off whoever asks for a topic that is not allowed.
    command: commands.allow.length === 0 ? null : (wire: WireCommand) => toDispatch(wire),
  };
  const broker = mqtt === null ? null : new BrokerLink({ config: mqtt, ...link });
  const toDispatch = openCommandWays({ context, socket, broker }, dispatch);
  const policies = new Map(Object.entries(cameras).map(([id, { publish }]) => [id, publish]));
  return { publisher: createPublisher({ sender, policies, broker, socket }), broker };
}

async function openSocket(
  { socket: config }: Config,
  { log, clock, conditions }: SinkTools,
): Promise<LocalSocket | null> {
  if (config === null) return null;
  const socket = new LocalSocket(config, log, clock);
  try {
    await socket.start();
    return socket;
  } catch (thrown) {
    if (thrown instanceof EdgeError && thrown.code === 'socket-in-use') throw thrown;
    const error = asEdgeError(thrown);
    log.error({ code: error.code }, error.message);
    conditions.raise('socket-unavailable', null, { reason: error.message });
    return null;
  }
}
