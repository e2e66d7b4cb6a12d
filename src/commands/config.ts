/** `edgenextd config check|show|schema`. Nothing that they write holds a secret. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../config/file-reason.js';
import { configJsonSchema } from '../config/json-schema.js';
import { type LoadContext, type Loaded, loadConfig } from '../config/load.js';
import { configurationInvalid, type Path, type Problem, problemAt, renderProblem } from '../config/problem.js';
import type { Config } from '../config/schema.js';
import { maskConfig, showConfig } from '../config/show.js';
import { placeOf } from '../config/tree.js';
import { configContext } from './config-context.js';
import { EXIT_CONFIG, EXIT_OK } from './exit-codes.js';

type Write = (text: string) => void;

/** Names every problem with its place, or says in a few lines what the file means. */
export function configCheck(file: string, write: Write, context: LoadContext = configContext()): number {
  const loaded = loadOrExplain(file, write, context);
  if (loaded === null) return EXIT_CONFIG;
  for (const warning of [...loaded.warnings, ...unreadableFiles(loaded)]) write(`warning: ${renderProblem(warning)}\n`);
  write(`${file}: OK\n${summaryOf(maskConfig(loaded))}`);
  return EXIT_OK;
}

/** The effective configuration as YAML; with `origin`, where each value was written. */
export function configShow(
  file: string,
  options: { readonly origin: boolean },
  write: Write,
  context: LoadContext = configContext(),
): number {
  const loaded = loadOrExplain(file, write, context);
  if (loaded === null) return EXIT_CONFIG;
  write(showConfig(loaded, options.origin));
  return EXIT_OK;
}

export function configSchemaCommand(write: Write): number {
  write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  return EXIT_OK;
}

function loadOrExplain(file: string, write: Write, context: LoadContext): Loaded | null {
  const loaded = loadConfig(file, context);
  if (loaded.ok) return loaded;
  write(`${configurationInvalid(file, loaded.problems).message}\n`);
  return null;
}

function summaryOf(config: Config): string {
  const cameras = Object.entries(config.cameras).map(([id, camera]) => {
    const off = camera.enabled ? '' : ' (not enabled)';
    return `  camera ${id}: ${camera.source} -> slot ${camera.slot}${off}\n`;
  });
  const slots = Object.entries(config.slots).map(([name, slot]) => `  slot ${name}: ${slot.package}\n`);
  return [
    `  device ${config.device.manufacturer}/${config.device.serial}\n`,
    `  mqtt ${config.mqtt?.url ?? 'none'}\n`,
    `  socket ${config.socket?.path ?? 'none'}\n`,
    ...slots,
    ...cameras,
  ].join('');
}

/** Files that it names and this user can't read now: no problem of the configuration, but worth knowing. */
function unreadableFiles(loaded: Loaded): Problem[] {
  const { mqtt, slots } = loaded.config;
  const named: (readonly [Path, string | null, string])[] = [
    ...(['ca', 'cert', 'key'] as const).map(
      (name) => [['mqtt', 'tls', name], mqtt?.tls[name] ?? null, 'file'] as const,
    ),
    ...Object.entries(slots).map(
      ([name, slot]) => [['slots', name, 'package'], join(slot.package, 'manifest.json'), 'manifest.json'] as const,
    ),
  ];
  return named.flatMap(([path, file, what]) => {
    if (file === null) return [];
    try {
      accessSync(file, constants.R_OK);
      return [];
    } catch (error) {
      return [problemAt(placeOf(loaded.tree, path), path, `can't read the ${what} there: ${reasonOf(error)}`)];
    }
  });
}
