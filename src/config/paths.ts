import { resolve } from 'node:path';
import type { Config } from './schema.js';

const fileSource = /^(video|images|pipe):([^?]+)(.*)$/s;

/** Every relative path in a configuration, made absolute from the folder of its file. */
export function resolvePaths(config: Config, folder: string): Config {
  const absolute = <T extends string | null>(path: T): T => (path === null ? path : (resolve(folder, path) as T));
  const { mqtt, socket } = config;
  return {
    ...config,
    stateDir: absolute(config.stateDir),
    mqtt: mqtt && {
      ...mqtt,
      tls: { ...mqtt.tls, ca: absolute(mqtt.tls.ca), cert: absolute(mqtt.tls.cert), key: absolute(mqtt.tls.key) },
    },
    socket: socket && { ...socket, path: absolute(socket.path) },
    slots: mapValues(config.slots, (slot) => ({
      ...slot,
      package: absolute(slot.package),
      binding: absolute(slot.binding),
    })),
    cameras: mapValues(config.cameras, (camera) => ({ ...camera, source: absoluteSource(camera.source, folder) })),
  };
}

function absoluteSource(source: string, folder: string): string {
  const [, scheme, path, query] = fileSource.exec(source) ?? [];
  return scheme === undefined || path === undefined ? source : `${scheme}:${resolve(folder, path)}${query ?? ''}`;
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
