import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectBoard, requireSupported } from '../../src/boards/detect.js';
import { orinNanoJp5, orinNanoJp6 } from '../fixtures/boards/orin-nano.js';
import { deviceTree, l4t, type Tree } from '../fixtures/boards/parts.js';
import { pc } from '../fixtures/boards/pc.js';
import { pi4 } from '../fixtures/boards/pi-4.js';
import { pi5 } from '../fixtures/boards/pi-5.js';
import { xavierNx } from '../fixtures/boards/xavier-nx.js';
import { plant } from './board-tree.js';

const orin = deviceTree('NVIDIA Jetson AGX Orin', 'nvidia,p3737-0000+p3701-0000', 'nvidia,tegra234', 'nvidia,tegra23x');

describe('a board that is supported', () => {
  test.each<[string, Tree, string, string | null]>([
    ['a Pi 4', pi4, 'pi-4', null],
    ['a Pi 5', pi5, 'pi-5', null],
    [
      'a Pi 3 B+',
      deviceTree('Raspberry Pi 3 Model B Plus Rev 1.3', 'raspberrypi,3-model-b-plus', 'brcm,bcm2837'),
      'pi-3',
      null,
    ],
    [
      'a Zero 2 W',
      deviceTree('Raspberry Pi Zero 2 W Rev 1.0', 'raspberrypi,model-zero-2-w', 'brcm,bcm2837'),
      'pi-zero-2',
      null,
    ],
    [
      'a CM4',
      deviceTree('Raspberry Pi Compute Module 4 Rev 1.1', 'raspberrypi,4-compute-module', 'brcm,bcm2711'),
      'pi-4',
      null,
    ],
    [
      'a CM5',
      deviceTree('Raspberry Pi Compute Module 5 Rev 1.0', 'raspberrypi,5-compute-module', 'brcm,bcm2712'),
      'pi-5',
      null,
    ],
    ['Orin Nano, JetPack 5', orinNanoJp5, 'jetson-orin', '5.x'],
    ['Orin Nano, JetPack 6', orinNanoJp6, 'jetson-orin', '6.2'],
    ['Xavier NX', xavierNx, 'jetson-xavier', '5.x'],
    ['AGX Orin', { ...orin, ...l4t(36, '4.7') }, 'jetson-orin', '6.2.1'],
    [
      'Thor',
      { ...deviceTree('NVIDIA Jetson AGX Thor', 'nvidia,p3834', 'nvidia,tegra264'), ...l4t(38, '2.0') },
      'jetson-thor',
      '7.0',
    ],
    ['a PC', pc, 'generic', null],
    ['a board nobody knows', deviceTree('Radxa ROCK 5B', 'radxa,rock-5b', 'rockchip,rk3588'), 'generic', null],
  ])('%s', (_name, tree, family, jetpack) => {
    const board = detectBoard(plant(tree).root, 'arm64');
    expect(board).toMatchObject({ family, jetpack, refusal: null, warnings: [] });
    expect(() => requireSupported(board)).not.toThrow();
  });

  test('without /proc/device-tree, as in some containers', () => {
    const tree = { 'sys/firmware/devicetree/base/compatible': 'nvidia,tegra234\0', ...l4t(36, '4.3') };
    expect(detectBoard(plant(tree).root, 'arm64')).toMatchObject({
      family: 'jetson-orin',
      model: null,
      jetpack: '6.2',
    });
  });

  test('by the package where the release file is missing', () => {
    const status =
      'Package: bash\nVersion: 5.1\n\nPackage: nvidia-l4t-core\nStatus: install ok\nVersion: 36.4.4-2025\n';
    const board = detectBoard(plant(orin, { 'var/lib/dpkg/status': status }).root, 'arm64');
    expect(board).toMatchObject({ l4t: '36.4.4', jetpack: '6.2.1', warnings: [] });
  });
});

describe('a version nobody has met', () => {
  test.each<[string, Tree, string | null, string]>([
    ['of a known line', l4t(36, '9.1'), '6.x', '36.9.1'],
    ['of a new line', l4t(41, '1.0'), null, '41.1.0'],
    ['not to be found', {}, null, 'not to be found'],
  ])('%s is a warning, not an error', (_name, release, jetpack, said) => {
    const board = detectBoard(plant(orin, release).root, 'arm64');
    expect(board).toMatchObject({ family: 'jetson-orin', jetpack, refusal: null });
    expect(board.warnings).toHaveLength(1);
    expect(board.warnings[0]).toContain(said);
  });

  test('of a chip too', () => {
    const tree = { ...deviceTree('NVIDIA Jetson Next', 'nvidia,tegra300'), ...l4t(39, '2') };
    const board = detectBoard(plant(tree).root, 'arm64');
    expect(board).toMatchObject({ family: 'unknown-jetson', soc: 'tegra300', refusal: null });
    expect(board.warnings[0]).toContain('tegra300');
  });
});

describe('a board that can not run it is refused with what to do', () => {
  test.each<[string, Tree, string, RegExp]>([
    ['a 32-bit system', pi4, 'arm', /Raspberry Pi 4.*32-bit system.*arm64/],
    [
      'a Pi 2',
      deviceTree('Raspberry Pi 2 Model B', 'raspberrypi,2-model-b', 'brcm,bcm2836'),
      'arm64',
      /32-bit processor/,
    ],
    [
      'a Jetson Nano',
      { ...deviceTree('NVIDIA Jetson Nano', 'nvidia,p3450-0000', 'nvidia,tegra210'), ...l4t(32, '7.4') },
      'arm64',
      /Nano.*JetPack 4.*Xavier, Orin or Thor/,
    ],
    ['a TX2', deviceTree('quill', 'nvidia,p2597-0000+p3310', 'nvidia,tegra186'), 'arm64', /JetPack 5 or newer/],
    [
      'Xavier NX on JetPack 4',
      { ...xavierNx, ...l4t(32, '7.4') },
      'arm64',
      /Xavier NX.*runs JetPack 4.*install JetPack 5/,
    ],
  ])('%s', (_name, tree, architecture, words) => {
    const board = detectBoard(plant(tree).root, architecture);
    expect(board.refusal).toMatch(words);
    expect(() => requireSupported(board)).toThrow(
      expect.objectContaining({ code: 'board-unsupported', family: 'configuration' }),
    );
  });
});

test('whatever the files say, detection names a board', () => {
  const tree = plant(orin);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (compatible, model, release) => {
      tree.write('proc/device-tree/compatible', compatible);
      tree.write('proc/device-tree/model', model);
      tree.write('etc/nv_tegra_release', release);
      expect(detectBoard(tree.root, 'arm64').family).toBeTypeOf('string');
    }),
    { numRuns: 100 },
  );
});
