import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBackoff } from '../../src/backoff.js';
import { fetchHubCheckpoint } from '../../src/hub/hub.js';
import { COMMIT, type HubServer, startHub } from './hub-server.js';

const WEIGHTS = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31) % 251));
const SHA256 = createHash('sha256').update(WEIGHTS).digest('hex');

let hub: HubServer;
let cacheFolder = '';
let progress: [number, number | null][] = [];
/** The connection breaks when so many bytes have arrived. */
let cuts: number[] = [];
beforeEach(async () => {
  hub = await startHub();
  hub.files.set('model.safetensors', WEIGHTS);
  cacheFolder = await mkdtemp(join(tmpdir(), 'hub-'));
  progress = [];
  cuts = [];
});
afterEach(async () => {
  await hub.close();
  await rm(cacheFolder, { recursive: true, force: true });
});

const fetchIt = (reference = 'hf:timm/net@main', env: Record<string, string> = {}, stallMs = 20_000) =>
  fetchHubCheckpoint(reference, {
    ...{ cacheFolder, stallMs, env: { HF_ENDPOINT: hub.endpoint, ...env } },
    backoff: createBackoff({ baseMs: 1, capMs: 1, random: () => 0 }),
    wait: () => Promise.resolve(),
    progress(_, received, total) {
      progress.push([received, total]);
      if (received !== cuts[0]) return;
      cuts.shift();
      hub.cut();
    },
  });
const fromStore = () => hub.seen.filter(({ host }) => host === 'store').map(({ range, status }) => ({ range, status }));
const cached = async () => (await readdir(join(cacheFolder, 'timm--net', COMMIT))).sort();

describe('fetchHubCheckpoint', () => {
  it.each([
    ['main', 'main', false],
    ['v1', 'v1', true],
    [COMMIT, null, true],
    [COMMIT, null, false],
  ])('pins %s by its commit', async (revision, branch, isMirror) => {
    hub.isMirror = isMirror;
    const { file, ...facts } = await fetchIt(`hf:timm/net@${revision}`);
    const origin = `hf:timm/net@${COMMIT}/model.safetensors`;
    expect(facts).toEqual({ commit: COMMIT, branch, sha256: SHA256, origin, config: null });
    expect(WEIGHTS.equals(await readFile(file))).toBe(true);
    expect(progress.at(-1)).toEqual([WEIGHTS.length, WEIGHTS.length]);
    expect(await cached()).toEqual(['model.safetensors']);
  });

  it('takes pytorch_model.bin where there are no safetensors', async () => {
    hub.files.clear();
    hub.files.set('pytorch_model.bin', WEIGHTS);
    expect((await fetchIt()).origin).toMatch(/pytorch_model\.bin$/);
  });

  it('keeps a complete file, and replaces one that was damaged since', async () => {
    const { file } = await fetchIt();
    const reports = progress.length;
    await fetchIt();
    // The answer is given up as soon as the host has named the file's hash.
    expect(progress).toHaveLength(reports);
    await writeFile(file, 'damaged');
    await fetchIt();
    expect(WEIGHTS.equals(await readFile(file))).toBe(true);
  });

  it('gives the token to the hub alone, also when large files lie elsewhere', async () => {
    hub.token = 'hf_secret';
    await fetchIt(undefined, { HF_TOKEN: 'hf_secret' });
    expect(new Set(hub.seen.map(({ host, authorization }) => `${host} ${authorization}`))).toEqual(
      new Set(['hub Bearer hf_secret', 'store undefined']),
    );
  });
});

describe('a download that breaks', () => {
  it('goes on where it stopped, at once', async () => {
    hub.mishaps.push({ cutAfter: 100_000 }, { cutAfter: 50_000 });
    cuts = [100_000, 150_000];
    expect((await fetchIt()).sha256).toBe(SHA256);
    expect(fromStore()).toEqual([
      { range: undefined, status: 200 },
      { range: 'bytes=100000-', status: 206 },
      { range: 'bytes=150000-', status: 206 },
    ]);
  });

  it('goes on where it stopped in a later run', async () => {
    hub.mishaps.push(...Array.from({ length: 6 }, () => ({ cutAfter: 10_000 })));
    cuts = [10_000, 20_000, 30_000, 40_000, 50_000, 60_000];
    await expect(fetchIt()).rejects.toMatchObject({ code: 'hub-incomplete', facts: { received: 60_000 } });
    expect(await cached()).toEqual(['model.safetensors.part', 'model.safetensors.part.etag']);
    expect((await fetchIt()).sha256).toBe(SHA256);
    expect(fromStore().at(-1)).toEqual({ range: 'bytes=60000-', status: 206 });
  });

  it('starts over when the host has other bytes meanwhile', async () => {
    cuts = [100_000];
    hub.mishaps.push({ cutAfter: 100_000 }, ...Array.from({ length: 5 }, () => ({ status: 503 })));
    await expect(fetchIt()).rejects.toMatchObject({ code: 'hub-busy' });
    const other = Buffer.alloc(1000, 7);
    hub.files.set('model.safetensors', other);
    expect(await readFile((await fetchIt()).file)).toEqual(other);
    expect(fromStore().at(-1)).toEqual({ range: 'bytes=100000-', status: 200 });
  });

  it('is asked for again when nothing arrives', async () => {
    hub.mishaps.push({ hang: true });
    expect((await fetchIt(undefined, {}, 300)).sha256).toBe(SHA256);
  });

  it.each([false, true])('is thrown away when it is not what the host promised (mirror: %s)', async (isMirror) => {
    hub.isMirror = isMirror;
    hub.mishaps.push({ wrongBytes: true });
    await expect(fetchIt()).rejects.toMatchObject({
      family: 'model',
      code: 'hub-corrupt',
      facts: { expected: SHA256 },
    });
    expect(await cached()).toEqual([]);
    expect((await fetchIt()).sha256).toBe(SHA256);
  });
});

describe('refuses', () => {
  it.each<[string, string, RegExp]>([
    ['what is no reference', 'hf:net', /expected hf:OWNER\/NAME@REVISION/],
    ['a path that climbs', 'hf:timm/net@../../x', /expected hf:/],
    ['an unknown repository', 'hf:timm/other@main', /hf:timm\/other does not exist, or is private.*HF_TOKEN/],
    ['a gated one', 'hf:timm/gated@main', /accept its terms/],
    ['an unknown revision', 'hf:timm/net@v9', /hf:timm\/net has no revision v9/],
    ['another commit', `hf:timm/net@${'f'.repeat(40)}`, /no revision f{40}/],
  ])('%s', async (_, reference, message) => {
    await expect(fetchIt(reference)).rejects.toThrow(message);
    await expect(fetchIt(reference)).rejects.toMatchObject({ family: 'configuration' });
  });

  it('a repository without weights', async () => {
    hub.files.clear();
    await expect(fetchIt()).rejects.toThrow(/has none of model\.safetensors, pytorch_model\.bin/);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['an endpoint that is none', { HF_ENDPOINT: 'ftp://x' }, /HF_ENDPOINT: expected/],
    ['a password in the endpoint', { HF_ENDPOINT: 'http://a:hf_secret@x/' }, /HF_ENDPOINT: expected/],
    ['a token that no header can hold', { HF_TOKEN: 'hf_secret\nx' }, /HF_TOKEN holds/],
    ['a host that is not there', { HF_ENDPOINT: 'http://127.0.0.1:9', HF_TOKEN: 'hf_secret' }, /127\.0\.0\.1:9 can't/],
  ])('%s, and never names a secret', async (_, env, message) => {
    const error: unknown = await fetchIt(undefined, env).then(String, (thrown: unknown) => thrown);
    expect(String(error)).toMatch(message);
    expect(JSON.stringify(error) + String(error)).not.toContain('secret');
  });

  it.each([
    ['in circles', () => `${hub.endpoint}/timm/net/resolve/main/model.safetensors`, /redirects more than 5 times/],
    ['to a file on this machine', () => 'file:///etc/passwd', /redirects to where no https leads: file:/],
  ])('redirects %s', async (_, to, message) => {
    hub.redirectTo = to();
    await expect(fetchIt()).rejects.toThrow(message);
  });
});
