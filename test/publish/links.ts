import { systemClock } from '../../src/clock.js';
import type { EdgeError } from '../../src/errors.js';
import { silentLogger } from '../../src/log.js';
import { type BrokerConfig, BrokerLink, type LinkTiming } from '../../src/publish/broker-link.js';
import { type Mosquitto, startMosquitto } from '../fakes/mosquitto.js';
import { createTcpProxy, type TcpProxy } from '../fakes/tcp-proxy.js';
import { type Observer, observe } from './observer.js';
import { contextNow } from './sample.js';

const FAST: LinkTiming = { backoffBaseMs: 20, backoffCapMs: 100, slowRetryMs: 60_000, stableMs: 60_000, closeMs: 1000 };

const cleanUps: (() => unknown)[] = [];

export const onCleanUp = (end: () => unknown): void => void cleanUps.push(end);

/** Ends what the functions below started, the last one first. */
export async function cleanUp(): Promise<void> {
  for (const end of cleanUps.splice(0).reverse()) await end();
}

interface Linked {
  readonly link: BrokerLink;
  readonly onlines: (4 | 5)[];
  readonly offlines: { readonly error: EdgeError; readonly retryInMs: number }[];
}

export function startLink(config: BrokerConfig, timing: Partial<LinkTiming> = {}): Linked {
  const onlines: (4 | 5)[] = [];
  const offlines: Linked['offlines'] = [];
  const link = new BrokerLink({
    config,
    context: contextNow,
    clock: systemClock,
    log: silentLogger,
    timing: { ...FAST, ...timing },
    listener: {
      online: (version) => onlines.push(version),
      commands: () => undefined,
      offline: (error, retryInMs) => offlines.push({ error, retryInMs }),
    },
  });
  link.start();
  cleanUps.push(() => link.close());
  return { link, onlines, offlines };
}

export async function startBroker(options: Parameters<typeof startMosquitto>[0] = {}): Promise<Mosquitto> {
  const broker = await startMosquitto(options);
  cleanUps.push(() => broker.stop());
  return broker;
}

export async function startProxy(port: number): Promise<TcpProxy> {
  const proxy = await createTcpProxy(port);
  cleanUps.push(() => proxy.close());
  return proxy;
}

export async function startObserver(port: number): Promise<Observer> {
  const observer = await observe(port);
  cleanUps.push(() => observer.close());
  return observer;
}
