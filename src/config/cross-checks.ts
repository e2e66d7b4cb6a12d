import { nearestName } from './nearest.js';
import { formatPath, type Path, type Problem, problemAt } from './problem.js';
import { showValue } from './redact.js';
import type { CameraConfig, Config } from './schema.js';
import { entryAt, type Located, placeOf } from './tree.js';

export interface CrossChecks {
  readonly problems: readonly Problem[];
  /** Allowed, but hardly meant. */
  readonly warnings: readonly Problem[];
}

type CheckSource = (url: string) => string | null;

/** The checks that need two values at once. `tree` is what was written, also where it was no good by itself. */
export function crossCheck(config: Config, tree: Located, checkSource: CheckSource): CrossChecks {
  const placed: Placed = (path, what, more) => problemAt(placeOf(tree, path), path, what, more);
  const slots = entryAt(tree, ['slots'])?.value;
  const slotNames = slots?.kind === 'map' ? [...slots.entries.keys()] : [];
  const problems = [
    ...(config.mqtt === null ? [] : checkMqtt(config.mqtt.url, tree, placed)),
    ...Object.entries(config.cameras).flatMap(([id, camera]) => [
      ...checkSlot(camera, ['cameras', id, 'slot'], slotNames, tree, placed),
      ...checkSourceOf(camera, ['cameras', id, 'source'], checkSource, tree, placed),
      ...checkRegions(camera, ['cameras', id, 'regions'], placed),
    ]),
  ];
  return { problems, warnings: doubtful(config, placed) };
}

type Placed = (
  path: Path,
  what: string,
  more?: { expected?: string; found?: string; nearest?: string | null },
) => Problem;

/** A camera that two processes can't open at once, or a way that only one can read. */
const EXCLUSIVE = /^(rpicam|argus|v4l2|pipe):/;

function doubtful(config: Config, placed: Placed): Problem[] {
  const warnings: Problem[] = [];
  const cameras = Object.entries(config.cameras);
  const sources = new Map<string, string>();
  for (const [id, camera] of cameras) {
    const path = ['cameras', id];
    if (camera.validForMs < camera.maxAgeMs) {
      const what = `shorter than maxAgeMs (${camera.maxAgeMs}): results of old frames expire before they are made`;
      warnings.push(placed([...path, 'validForMs'], what));
    }
    const twin = sources.get(camera.source);
    if (twin !== undefined) warnings.push(placed([...path, 'source'], `the same source as ${twin}`));
    if (camera.enabled && EXCLUSIVE.test(camera.source)) sources.set(camera.source, formatPath(path));
  }
  for (const name of Object.keys(config.slots)) {
    if (cameras.some(([, camera]) => camera.slot === name)) continue;
    warnings.push(placed(['slots', name], 'no camera uses this slot'));
  }
  if (!cameras.some(([, camera]) => camera.enabled)) {
    warnings.push(placed(['cameras'], 'no camera is enabled: only health will be published'));
  }
  return warnings;
}

function checkMqtt(url: string, tree: Located, placed: Placed): Problem[] {
  const problems: Problem[] = [];
  // What was written and is wrong by itself counts as there: one mistake is not told twice.
  const isWritten = (...keys: string[]): boolean => {
    const value = entryAt(tree, ['mqtt', ...keys])?.value;
    return value !== undefined && !(value.kind === 'scalar' && value.value === null);
  };
  const check = (wrong: boolean, keys: readonly string[], what: string, expected: string): void => {
    if (wrong) problems.push(placed(['mqtt', ...keys], what, { expected }));
  };
  const [ca, cert, key, serverName] = ['ca', 'cert', 'key', 'serverName'].map((name) => isWritten('tls', name));
  const username = isWritten('username');
  const password = isWritten('password');
  const anyTls = [ca, cert, key, serverName].includes(true);
  check(anyTls && url.startsWith('mqtt://'), ['tls'], 'TLS is set, but url is not for TLS', 'mqtts:// in mqtt.url');
  check(cert === true && key !== true, ['tls', 'cert'], 'a client certificate without its private key', 'key too');
  check(key === true && cert !== true, ['tls', 'key'], 'a private key without its certificate', 'cert too');
  check(password && !username, ['password'], 'a password without a name', 'username too');
  const inUrl = /^mqtts?:\/\/[^/]*@/.test(url);
  check(inUrl && (username || password), ['url'], 'credentials stand both in url and beside it', 'one of the two');
  return problems;
}

function checkSlot(
  camera: CameraConfig,
  path: Path,
  slotNames: readonly string[],
  tree: Located,
  placed: Placed,
): Problem[] {
  if (slotNames.includes(camera.slot)) return [];
  const written = entryAt(tree, path)?.value;
  const expected = slotNames.length === 0 ? 'a slot of this name under slots' : `one of ${slotNames.join(', ')}`;
  const found = written === undefined ? '"main", the default' : showValue(written, path);
  return [placed(path, 'there is no such slot', { expected, found, nearest: nearestName(camera.slot, slotNames) })];
}

function checkSourceOf(
  camera: CameraConfig,
  path: Path,
  checkSource: CheckSource,
  tree: Located,
  placed: Placed,
): Problem[] {
  const wrong = checkSource(camera.source);
  if (wrong === null) return [];
  const written = entryAt(tree, path)?.value;
  // The whole truth would repeat a text from the environment or a file.
  const fromOutside = written?.kind === 'scalar' && written.template !== undefined;
  return [placed(path, fromOutside ? 'this is no source that can be opened' : wrong)];
}

function checkRegions(camera: CameraConfig, path: Path, placed: Placed): Problem[] {
  const sides = [
    ['x', 'width'],
    ['y', 'height'],
  ] as const;
  return Object.entries(camera.regions).flatMap(([name, region]) =>
    sides
      // A millionth, because 0.1 + 0.9 as written need not add up to 1.
      .filter(([edge, size]) => region[edge] + region[size] > 1 + 1e-6)
      .map(([edge, size]) =>
        placed([...path, name], 'reaches out of the picture', {
          expected: `${edge} + ${size} at most 1`,
          found: String(region[edge] + region[size]),
        }),
      ),
  );
}
