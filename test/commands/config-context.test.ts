import { expect, test } from 'vitest';
import { configContext } from '../../src/commands/config-context.js';

const { checkSource } = configContext({
  serial: 's',
  serialSource: 'dmi',
  hostname: 'h',
  bootId: null,
  warning: null,
});

test.each([
  ['v4l2:/dev/video0'],
  ['rtsp://u:p@host/live'],
  ['images:/folder?fps=5'],
  ['pipe:/run/cam.sock'],
  ['synthetic:'],
])('capture would open %s', (url) => {
  expect(checkSource(url)).toBeNull();
});

test.each([
  ['images:/folder?fpss=5', 'fpss'],
  ['rtsp:', 'rtsp'],
  ['v4l2://u:hunter2@x', 'v4l2'],
])('%s is refused with a reason', (url, reason) => {
  expect(checkSource(url)).toContain(reason);
  expect(checkSource(url)).not.toContain('hunter2');
});
