import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Nouns and tools that every room may use. */
const SHARED = [
  'frame.ts',
  'result.ts',
  'errors.ts',
  'log.ts',
  'clock.ts',
  'backoff.ts',
  'repeat-gate.ts',
  'atomic-file.ts',
  'stderr-tail.ts',
  'find-program.ts',
  'killed-with-us.ts',
];

/** The stages of a frame's life and their companions: each imports only the shared files and itself … */
const ROOMS = [
  'capture',
  'prepare',
  'infer',
  'decode',
  'publish',
  'boards',
  'governor',
  'telemetry',
  'health',
  'config',
  'onnx',
  'hub',
  'remote',
];

/** … but for these doors, each with its reason. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  // The runner process makes the network's input itself, so that the daemon never touches a pixel.
  'infer/runner-process.ts': ['prepare'],
  // Pictures go the way of a camera's frames; only ffmpeg's source is loaded for that.
  'evaluate/through-scaler.ts': ['capture'],
};

/** Rooms that build on other rooms. */
const BUILDS_ON: Readonly<Record<string, readonly string[]>> = {
  edgenext: ['onnx'],
  model: ['edgenext', 'onnx'],
  evaluate: ['model', 'infer', 'prepare', 'onnx'],
};

/** Only these may be imported by the loop: contracts, not implementations. */
const LOOP_MAY_IMPORT = [
  'capture/camera.ts',
  'decode/decide.ts',
  'governor/gate.ts',
  'infer/runner.ts',
  'infer/slot.ts',
];

/** Each dependency with a device, a native library or a network behind it has one door. */
const ONLY_IMPORTER: Readonly<Record<string, string>> = {
  'onnxruntime-node': 'infer/ort-session.ts',
  mqtt: 'publish/mqtt-client.ts',
  'node-libcamera': 'capture/stills.ts',
  systeminformation: 'boards/inventory.ts',
  '@julusian/jpeg-turbo': 'prepare/jpeg.ts',
  koffi: 'prepare/jpeg.ts',
  'fast-png': 'prepare/png.ts',
  yaml: 'config/yaml.ts',
  pino: 'log.ts',
  commander: 'main.ts',
};

interface Import {
  readonly file: string;
  readonly target: string;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(src, file), 'utf8');
  const targets = text.matchAll(
    /(?:^|\n)(?:import|export)\b[^;]*?from '([^']+)'|\bimport\('([^']+)'\)|(?:^|\n)import '([^']+)'|require(?:\.resolve)?\('([^']+)'\)/g,
  );
  return [...targets].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
    const target = name.startsWith('.') ? normalize(join(dirname(file), name)).replace(/\.js$/, '.ts') : name;
    return { file, target };
  });
});

const roomOf = (path: string): string => path.split('/')[0] ?? '';
const isShared = (path: string): boolean => SHARED.includes(path);
const isPackage = ({ target }: Import): boolean => !files.includes(target);

describe('the house', () => {
  it('is read as a whole', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(files.length);
  });

  it.each(ROOMS)('%s imports only the shared nouns and itself', (room) => {
    const strays = imports
      .filter((edge) => !isPackage(edge) && edge.file.startsWith(`${room}/`))
      .filter(({ target }) => !isShared(target) && roomOf(target) !== room)
      .filter(({ file, target }) => !(DOORS[file] ?? []).includes(roomOf(target)));
    expect(strays).toEqual([]);
  });

  it.each(Object.keys(BUILDS_ON))('%s builds on named rooms only', (room) => {
    const allowed = [room, ...(BUILDS_ON[room] ?? [])];
    const strays = imports
      .filter((edge) => !isPackage(edge) && edge.file.startsWith(`${room}/`))
      .filter(({ target }) => !isShared(target) && !allowed.includes(roomOf(target)))
      .filter(({ file, target }) => !(DOORS[file] ?? []).includes(roomOf(target)));
    expect(strays).toEqual([]);
  });

  it('gives the loop contracts, not implementations', () => {
    const strays = imports
      .filter((edge) => edge.file === 'loop.ts' && !isPackage(edge))
      .filter(({ target }) => !isShared(target) && !LOOP_MAY_IMPORT.includes(target));
    expect(strays).toEqual([]);
  });

  it('lets nobody import the entry or the composition root but the entry', () => {
    const strays = imports.filter(
      ({ file, target }) =>
        target === 'main.ts' || (target === 'daemon.ts' && !['main.ts', 'commands/run-daemon.ts'].includes(file)),
    );
    expect(strays).toEqual([]);
  });

  it.each(Object.entries(ONLY_IMPORTER))('%s is imported by %s alone', (dependency, importer) => {
    const importers = imports.filter(({ target }) => target === dependency || target.startsWith(`${dependency}/`));
    expect([...new Set(importers.map(({ file }) => file))]).toEqual([importer]);
  });

  it('keeps every file to one subject', () => {
    const long = files
      .filter((file) => file !== 'onnx/onnx_pb.ts')
      .map((file) => ({ file, lines: readFileSync(join(src, file), 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 250);
    expect(long).toEqual([]);
  });

  it('mirrors its rooms in the tests', () => {
    const tested = readdirSync(fileURLToPath(new URL('.', import.meta.url)));
    expect([...ROOMS, ...Object.keys(BUILDS_ON)].filter((room) => !tested.includes(room))).toEqual([]);
  });
});
