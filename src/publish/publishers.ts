/**
 * Everything that the daemon says. To the local socket at once and always; to the broker by policy. Neither way waits
 * for anybody: a broker that is away and a client that is slow lose messages of their own, by the rules of outbox.ts
 * and socket-client.ts, and both are counted in `state`.
 *
 * topics.ts, messages.ts, parts.ts   what is said, and where: the contract
 * context.ts, build*.ts              from the daemon's facts to messages; pure
 * result-policy.ts, camera-statuses.ts   what is worth a message; pure
 * encode.ts                          text, once for all ways
 * local-socket.ts, socket-client.ts  the way that needs no broker
 * command-ways.ts, command-topic.ts, line-reader.ts   commands from either way, and their answers back
 * broker-link.ts                     connecting; courier.ts, outbox.ts sending; dial.ts, mqtt-client.ts one connection
 *
 * To test: give it links that write into an array; or run it against a real broker as test/publish does.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, msToNs } from '../clock.js';
import type { FrameResult } from '../result.js';
import type { BrokerLink } from './broker-link.js';
import { buildEvent, buildResult } from './build.js';
import {
  buildAlert,
  buildFactsheet,
  buildState,
  buildStatus,
  type FactsheetFacts,
  type StateFacts,
  type StatusFacts,
} from './build-health.js';
import { buildTelemetry } from './build-telemetry.js';
import { CameraStatuses } from './camera-statuses.js';
import { instantOf, type MessageContext } from './context.js';
import { type Encoded, encode } from './encode.js';
import type { LocalSocket } from './local-socket.js';
import type { Publisher } from './publisher.js';
import { createResultFilter, type ResultFilter, type ResultPolicy } from './result-policy.js';
import type { Identity } from './topics.js';

export interface Sender {
  readonly identity: Identity;
  readonly bootId: string | null;
  /** Whether the wall clock follows a time server; null: unknown. Asked for every message. */
  readonly isClockSynchronized: () => boolean | null;
  readonly clock: Clock;
}

/** The context of a message that is made now. */
export const contextOf = ({ identity, bootId, isClockSynchronized, clock }: Sender): MessageContext => ({
  identity,
  bootId,
  now: instantOf(clock),
  clockSynchronized: isClockSynchronized(),
});

export interface PublisherParts {
  readonly sender: Sender;
  /** By camera. */
  readonly policies: ReadonlyMap<string, ResultPolicy>;
  readonly broker: Pick<BrokerLink, 'publish' | 'counts' | 'close'> | null;
  readonly socket: Pick<LocalSocket, 'write' | 'counts' | 'close'> | null;
}

export function createPublisher({ sender, policies, broker, socket }: PublisherParts): Publisher {
  const statuses = new CameraStatuses();
  const filters = new Map<string, ResultFilter>();
  for (const [camera, policy] of policies) filters.set(camera, createResultFilter(policy));
  let lastFactsheet = '';

  const context = (): MessageContext => contextOf(sender);
  const toAll = (message: Encoded): void => {
    socket?.write(message);
    broker?.publish(message);
  };
  const status = (facts: StatusFacts | null): void => {
    if (facts !== null) toAll(encode('status', buildStatus(context(), facts)));
  };

  const stateNow = (facts: StateFacts) =>
    buildState(context(), facts, { broker: broker?.counts() ?? null, socket: socket?.counts() ?? null });

  return {
    result(result: FrameResult) {
      const made = context();
      if (result.change !== null) toAll(encode('event', buildEvent(made, result, result.change, randomUUID())));
      const expiresNs = result.captured.monotonicNs + msToNs(result.validForMs);
      const message = encode('result', buildResult(made, result), expiresNs);
      socket?.write(message);
      const isForBroker = filters.get(result.camera)?.admits(result, made.now.monotonicNs) ?? false;
      if (isForBroker) broker?.publish(message);
      status(statuses.result(result, made.now.monotonicNs));
    },
    camera(facts) {
      status(statuses.camera(facts, sender.clock.monotonicNs()));
    },
    stateNow,
    setPolicy: (camera, policy) => void filters.set(camera, createResultFilter(policy)),
    state(facts) {
      toAll(encode('state', stateNow(facts)));
      for (const { camera, state, fps, reason } of facts.cameras) {
        status(statuses.camera({ camera, online: state === 'online', fps, reason }, sender.clock.monotonicNs()));
      }
    },
    telemetry(facts) {
      const expiresNs = sender.clock.monotonicNs() + msToNs(2000 * facts.intervalS);
      toAll(encode('telemetry', buildTelemetry(context(), facts), expiresNs));
    },
    factsheet(facts: FactsheetFacts) {
      const text = JSON.stringify(facts);
      if (text === lastFactsheet) return;
      lastFactsheet = text;
      toAll(encode('factsheet', buildFactsheet(context(), facts)));
    },
    alert(condition, active) {
      toAll(encode('alert', buildAlert(context(), condition, active)));
    },
    async close() {
      await Promise.all([broker?.close(), socket?.close()]);
    },
  };
}
