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

/** The checks that need two values at once. `tree` is what was written, also where it was no good by itself. */
export function crossCheck(config: Config, tree: Located, checkSource: (url: string) => string | null): CrossChecks {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const placed = (path: Path, what: string, more?: { expected?: string; found?: string; nearest?: string | null }) =>
    problemAt(placeOf(tree, path), path, what, more);

  // What was written and is wrong by itself counts as there: one mistake is not told twice.
  const isWritten = (...keys: string[]): boolean => {
    const value = entryAt(tree, ['mqtt', ...keys])?.value;
    return value !== undefined && !(value.kind === 'scalar' && value.value === null);
  };

  const fromOutside = (path: Path): boolean => {
    const value = entryAt(tree, path)?.value;
    return value?.kind === 'scalar' && value.template !== undefined;
  };

  if (config.mqtt !== null) problems.push(...checkMqtt(config.mqtt.url, isWritten, placed));
  const slots = entryAt(tree, ['slots'])?.value;
  const slotNames = slots?.kind === 'map' ? [...slots.entries.keys()] : [];
  const sources = new Map<string, string>();
  for (const [id, camera] of Object.entries(config.cameras)) {
    const path = ['cameras', id];
    problems.push(...checkCamera(camera, path, slotNames, tree, placed));
    const wrong = checkSource(camera.source);
    if (wrong !== null) problems.push(placed([...path, 'source'], fromOutside([...path, 'source']) ? UNSAID : wrong));
    if (camera.validForMs < camera.maxAgeMs) {
      const what = `shorter than maxAgeMs (${camera.maxAgeMs}): results of old frames expire before they are made`;
      warnings.push(placed([...path, 'validForMs'], what));
    }
    const twin = sources.get(camera.source);
    if (twin !== undefined) warnings.push(placed([...path, 'source'], `the same source as ${twin}`));
    else sources.set(camera.source, formatPath(path));
  }
  for (const name of Object.keys(config.slots)) {
    if (Object.values(config.cameras).some((camera) => camera.slot === name)) continue;
    warnings.push(placed(['slots', name], 'no camera uses this slot'));
  }
  if (!Object.values(config.cameras).some((camera) => camera.enabled)) {
    warnings.push(placed(['cameras'], 'no camera is enabled: only health will be published'));
  }
  return { problems, warnings };
}

/** The whole truth would repeat a text from the environment or a file. */
const UNSAID = 'this is no source that can be opened';

type Placed = (
  path: Path,
  what: string,
  more?: { expected?: string; found?: string; nearest?: string | null },
) => Problem;

function checkMqtt(url: string, isWritten: (...keys: string[]) => boolean, placed: Placed): Problem[] {
  const problems: Problem[] = [];
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

function checkCamera(
  camera: CameraConfig,
  path: Path,
  slotNames: readonly string[],
  tree: Located,
  placed: Placed,
): Problem[] {
  const problems: Problem[] = [];
  if (!slotNames.includes(camera.slot)) {
    const expected = slotNames.length === 0 ? `a slot of this name under slots` : `one of ${slotNames.join(', ')}`;
    const written = entryAt(tree, [...path, 'slot'])?.value;
    const found = written === undefined ? '"main", the default' : showValue(written, [...path, 'slot']);
    const nearest = nearestName(camera.slot, slotNames);
    problems.push(placed([...path, 'slot'], 'there is no such slot', { expected, found, nearest }));
  }
  for (const [name, region] of Object.entries(camera.regions)) {
    // A millionth, because 0.1 + 0.9 as written need not add up to 1.
    const outside = (['x', 'y'] as const).filter(
      (edge) => region[edge] + region[edge === 'x' ? 'width' : 'height'] > 1 + 1e-6,
    );
    for (const edge of outside) {
      const size = edge === 'x' ? 'width' : 'height';
      const found = String(region[edge] + region[size]);
      problems.push(
        placed([...path, 'regions', name], 'reaches out of the picture', {
          expected: `${edge} + ${size} at most 1`,
          found,
        }),
      );
    }
  }
  return problems;
}
