import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelBuildOptions } from '../../src/commands/build-options.js';
import { modelBuild } from '../../src/commands/model-build.js';
import { readSafetensors } from '../../src/edgenext/safetensors.js';
import { generatedCheckpoint, safetensorsFile } from '../edgenext/generated-checkpoint.js';
import { op, pickledStateDict, torchFile } from '../edgenext/torch-file.js';
import { COMMIT, type HubServer, startHub } from '../hub/hub-server.js';

const NET = generatedCheckpoint('xx_small', 3);
const TENSORS = [...readSafetensors(NET, 'x')].map(([key, { dims, data }]) => ({ key, dims, data }));

let folder = '';
let hub: HubServer;
let said = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-'));
  hub = await startHub();
  said = '';
});
afterEach(async () => {
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

const build = (options: Partial<ModelBuildOptions>) =>
  modelBuild(
    { checkpoints: ['hf:timm/net@main'], out: join(folder, 'out'), ...options },
    (text) => {
      said += text;
    },
    { HF_ENDPOINT: hub.endpoint, XDG_CACHE_HOME: join(folder, 'cache') },
  );

describe('from a hub', () => {
  const config = (more: object = {}) =>
    Buffer.from(
      JSON.stringify({
        architecture: 'edgenext_xx_small',
        num_classes: 3,
        pretrained_cfg: {
          ...{ input_size: [3, 64, 96], crop_pct: 0.95, interpolation: 'bilinear' },
          ...{ mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
        },
        ...more,
      }),
    );

  it("takes size, crop, normalisation and class names from the repository's config.json, and says the commit", async () => {
    hub.files.set('model.safetensors', Buffer.from(NET));
    hub.files.set('config.json', config({ label_names: ['left', 'straight', 'right'] }));
    const { manifest } = await build({});
    expect(manifest).toMatchObject({
      labels: ['left', 'straight', 'right'],
      input: { fit: 'crop', cropPct: 0.95, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      rungs: [{ id: 'xx_small-96x64', width: 96, height: 64 }],
      source: { checkpoint: `hf:timm/net@${COMMIT}/model.safetensors` },
    });
    expect(said).toMatch(new RegExp(`"main" is commit ${COMMIT} today`));
    expect(said).toContain(manifest.source.sha256);
    expect(said).toMatch(/evaluated with bilinear/);
  });

  it('shares what one repository states with checkpoints that state nothing, unless it contradicts them', async () => {
    const other = join(folder, 'other.safetensors');
    await writeFile(other, generatedCheckpoint('x_small', 3));
    const checkpoints = [other, 'hf:timm/net@main'];
    hub.files.set('model.safetensors', Buffer.from(NET));
    hub.files.set('config.json', config({ label_names: ['left', 'straight', 'right'] }));
    await expect(build({ checkpoints, size: '64' })).rejects.toThrow(/one input contract.*0\.485.* and .*0\.5,/);

    const cfg = { input_size: [3, 64, 96], crop_pct: 0.9, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    hub.files.set('config.json', config({ label_names: ['left', 'straight', 'right'], pretrained_cfg: cfg }));
    const { manifest } = await build({ checkpoints, size: '64' });
    expect(manifest).toMatchObject({
      labels: ['left', 'straight', 'right'],
      rungs: [{ id: 'x_small-64' }, { source: { checkpoint: `hf:timm/net@${COMMIT}/model.safetensors` } }],
    });
    await expect(build({ checkpoints, out: join(folder, 'without-size') })).rejects.toThrow(/--size is missing/);
  });

  it('lets options win', async () => {
    hub.files.set('model.safetensors', Buffer.from(NET));
    hub.files.set('config.json', config({ label_names: ['left', 'straight', 'right'] }));
    await writeFile(join(folder, 'labels.txt'), 'a\nb\nc\n');
    const { manifest } = await build({ size: '64', fit: 'squash', labels: join(folder, 'labels.txt') });
    expect(manifest).toMatchObject({
      ...{ labels: ['a', 'b', 'c'], input: { fit: 'squash', cropPct: 1 }, rungs: [{ id: 'xx_small-64' }] },
    });
  });

  it.each<[string, Buffer | undefined, RegExp]>([
    [
      'other class names than classes',
      config({ label_names: ['left', 'right'] }),
      /config\.json.*expected 3 different/,
    ],
    ['no size', undefined, /--size is missing/],
  ])('%s: refused, and nothing is built', async (_, file, message) => {
    hub.files.set('model.safetensors', Buffer.from(NET));
    if (file) hub.files.set('config.json', file);
    await expect(build({})).rejects.toThrow(message);
    expect(await readdir(folder)).not.toContain('out');
  });
});

describe('from a training checkpoint', () => {
  it('takes the averaged weights and says so', async () => {
    const { value, storages } = pickledStateDict(TENSORS);
    const parts = op.dict([
      ['model', value],
      ['model_ema', value],
      ['args', op.call('argparse', 'Namespace')],
      ['epoch', op.int(3)],
    ]);
    await writeFile(join(folder, 'net.pth'), torchFile(parts, storages));
    await writeFile(join(folder, 'net.safetensors'), NET);
    const { manifest } = await build({ checkpoints: [join(folder, 'net.pth')], size: '64' });
    expect(manifest.source).toMatchObject({ checkpoint: 'net.pth', part: 'model_ema' });
    expect(said).toContain('weights from "model_ema", the averaged ones (not from model)');
    const same = await build({ checkpoints: [join(folder, 'net.safetensors')], size: '64', out: join(folder, 'same') });
    expect(same.manifest.source).not.toHaveProperty('part');
    expect(same.manifest.files).toEqual(manifest.files);
  });

  it('writes nothing where a tensor is missing', async () => {
    await writeFile(join(folder, 'net.safetensors'), safetensorsFile(TENSORS.slice(1)));
    const attempt = build({ checkpoints: [join(folder, 'net.safetensors')], size: '64' });
    await expect(attempt).rejects.toThrow(/1 tensor differs:\n {2}missing: stem\.0\.weight \[24,3,4,4\]$/);
    expect(await readdir(folder)).toEqual(['net.safetensors']);
  });
});
