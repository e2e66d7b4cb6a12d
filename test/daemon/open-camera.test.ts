import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { openCamera } from '../../src/daemon/open-camera.js';
import { silentLogger } from '../../src/log.js';
import { captureSizeFor } from '../../src/model/capture-size.js';
import { type Manifest, manifestSchema } from '../../src/model/manifest.js';
import { FakeClock } from '../fakes/clock.js';
import { MODELS } from '../harness/daemon.js';

const objects = manifestSchema.parse(JSON.parse(readFileSync(join(MODELS, 'objects/package/manifest.json'), 'utf8')));
const tools = { clock: new FakeClock(), log: silentLogger, random: Math.random, searchPath: '' };

function cameraConfig(settings: object) {
  const config = configSchema.parse({ version: 1, cameras: { cam: { source: 'synthetic:', ...settings } } });
  const { cam } = config.cameras;
  if (cam === undefined) throw new Error('the camera is configured above');
  return cam;
}

const withRungs = (input: Manifest['input'], ...sizes: [number, number][]): Manifest => {
  const [rung] = objects.rungs;
  if (rung === undefined) throw new Error('the bundled package has a rung');
  return { ...objects, input, rungs: sizes.map(([width, height]) => ({ ...rung, width, height })) };
};

describe('the capture size', () => {
  const crop = { ...objects.input, fit: 'crop', cropPct: 0.9 } as const;
  const squash = { ...objects.input, fit: 'squash', cropPct: 1 } as const;
  it.each([
    ['the input, where all of the picture is seen', withRungs(squash, [64, 64]), { width: 64, height: 64 }],
    ['the largest of several', withRungs(squash, [64, 96], [160, 32]), { width: 160, height: 96 }],
    ['larger for a middle crop, and even', withRungs(crop, [160, 160]), { width: 178, height: 178 }],
    ['not larger when nothing is cropped', withRungs({ ...crop, cropPct: 1 }, [288, 288]), { width: 288, height: 288 }],
  ])('is %s', (_name, manifest, size) => {
    expect(captureSizeFor(manifest)).toEqual(size);
  });

  it('is the configured one when there is one', () => {
    const config = cameraConfig({ capture: { width: 640, height: 480 } });
    expect(openCamera('cam', () => config, objects, tools).captureSize).toEqual({ width: 640, height: 480 });
  });
});

describe('what the configuration leaves open', () => {
  it('is decided by the package', () => {
    const { regions } = openCamera('cam', () => cameraConfig({}), objects, tools);
    expect(regions).toMatchObject([{ name: null, view: { fit: 'crop', cropPct: 0.9, rotate: 0, region: null } }]);
  });

  it('is not decided by the package where it is configured', () => {
    const half = { x: 0, y: 0, width: 0.5, height: 1 };
    const config = cameraConfig({ fit: 'letterbox', rotate: 90, regions: { left: half } });
    const { regions } = openCamera('cam', () => config, objects, tools);
    expect(regions).toMatchObject([{ name: 'left', view: { fit: 'letterbox', rotate: 90, region: half } }]);
  });

  it.each([
    ['the package', {}, 'unknown'],
    ['the configuration', { decide: { minScore: 0.05 } }, objects.labels[0]],
  ])('takes its threshold from %s', (_name, settings, classId) => {
    const manifest = { ...objects, thresholds: { minScore: 0.9 } };
    const [region] = openCamera('cam', () => cameraConfig(settings), manifest, tools).regions;
    const logits = Float32Array.of(1, ...Array<number>(objects.labels.length - 1).fill(0));
    expect(region?.decider.decide(logits, objects.labels, 0n, 0n).classId).toBe(classId);
  });
});
