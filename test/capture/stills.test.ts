import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listCameras, parseCameraList, takeStill } from '../../src/capture/stills.js';
import { folder, searchPathWith, standIn } from './support.js';

const LIST = `Available cameras
-----------------
0 : imx708_wide [4608x2592 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]
                             2304x1296 [56.03 fps - (0, 0)/4608x2592 crop]

1 : imx219 [3280x2464] (/base/soc/i2c0mux/i2c@1/imx219@10)
`;
const CAMERAS = [
  { number: 0, model: 'imx708_wide', width: 4608, height: 2592, id: '/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a' },
  { number: 1, model: 'imx219', width: 3280, height: 2464, id: '/base/soc/i2c0mux/i2c@1/imx219@10' },
];

function programs(name: string, script: string): { readonly path: string; readonly searchPath: string } {
  const path = folder();
  mkdirSync(join(path, 'bin'));
  standIn(join(path, 'bin'), name, script);
  return { path, searchPath: searchPathWith(join(path, 'bin')) };
}

const linksLeft = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('edgenextd-still-'));

describe('the list of cameras', () => {
  it.each(['rpicam-still', 'libcamera-still'])('comes from %s', async (name) => {
    const { searchPath } = programs(
      name,
      `console.log(process.argv.includes('--list-cameras') ? ${JSON.stringify(LIST)} : '')`,
    );
    const before = process.env.PATH;
    expect(await listCameras(searchPath)).toEqual(CAMERAS);
    expect(process.env.PATH).toBe(before);
    expect(linksLeft()).toEqual([]);
  });

  it('is empty when none is connected', () => {
    expect(parseCameraList('No cameras available!\n')).toEqual([]);
  });

  it('fails with what to install, and when the program fails', async () => {
    await expect(listCameras(folder())).rejects.toMatchObject({ family: 'device', code: 'source-program-missing' });
    const { searchPath } = programs('rpicam-still', 'console.error("no permission"); process.exit(255)');
    await expect(listCameras(searchPath)).rejects.toMatchObject({ family: 'device', code: 'still-failed' });
  });

  it('does not wait for ever', async () => {
    const { searchPath } = programs('rpicam-still', 'setTimeout(() => {}, 2000)');
    await expect(listCameras(searchPath, 100)).rejects.toMatchObject({ code: 'still-late' });
  });
});

describe('a still', () => {
  const request = { camera: 1, width: 640, height: 480 };

  it('is written where it was asked for', async () => {
    const { path, searchPath } = programs(
      'rpicam-still',
      `const args = process.argv.slice(2);
       require('node:fs').writeFileSync(args[args.indexOf('--output') + 1], args.join(' '));`,
    );
    const file = join(path, 'still.jpg');
    await takeStill({ ...request, file }, searchPath);
    const args = readFileSync(file, 'utf8');
    expect(args).toContain('--camera 1');
    expect(args).toContain('--width 640 --height 480');
    expect(args).not.toContain('undefined');
  });

  it.each(['/tmp/a;touch b.jpg', '/tmp/$(id).jpg', '/tmp/a b.jpg', 'relative.jpg', "/tmp/a'b.jpg"])(
    'is not written to %s',
    async (file) => {
      const ran = join(folder(), 'ran');
      const { searchPath } = programs('rpicam-still', `require('node:fs').writeFileSync('${ran}', '')`);
      await expect(takeStill({ ...request, file }, searchPath)).rejects.toMatchObject({
        family: 'configuration',
        code: 'still-file',
      });
      expect(existsSync(ran)).toBe(false);
    },
  );

  it('takes only whole numbers', async () => {
    const bad = { ...request, file: '/tmp/a.jpg', camera: Number.NaN };
    await expect(takeStill(bad, folder())).rejects.toMatchObject({ code: 'still-size' });
  });
});
