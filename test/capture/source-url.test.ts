import { describe, expect, it } from 'vitest';
import { redactUrl, secretsOf } from '../../src/capture/source-url.js';
import { openSource, SCHEMES } from '../../src/capture/sources.js';
import { systemClock } from '../../src/clock.js';

const open = (url: string): unknown =>
  openSource({ camera: 'c', url, width: 96, height: 96, fps: null }, { clock: systemClock, searchPath: '' });

describe('URLs that are refused', () => {
  it.each([
    ['front door', 'source-url', /scheme:path/],
    ['', 'source-url', /scheme:path/],
    ['video:a\nb', 'source-url', /control characters/],
    ['http://cam/mjpeg', 'source-scheme', /rpicam, argus, v4l2, rtsp, rtsps, video, images, pipe, synthetic/],
    ['constructor:x', 'source-scheme', /unknown scheme "constructor"/],
    ['video:', 'source-path', /expected a video file/],
    ['images:', 'source-path', /expected a folder/],
    ['v4l2:', 'source-path', /by-path/],
    ['pipe:', 'source-path', /FIFO or a Unix socket/],
    [`pipe:/${'x'.repeat(120)}`, 'source-path', /107 bytes/],
    ['rpicam:front', 'source-path', /number/],
    ['argus:16', 'source-path', /number/],
    ['video:a.mp4?speed=2', 'source-option', /"speed": expected one of fps, loop, pace/],
    ['video:a.mp4?constructor=2', 'source-option', /expected one of fps, loop, pace/],
    ['video:a.mp4?loop=yes', 'source-option', /expected 0 or 1, found "yes"/],
    ['video:a.mp4?fps=0', 'source-option', /from 0.1 to 240/],
    ['video:a.mp4?fps=1e2', 'source-option', /from 0.1 to 240/],
    ['video:a.mp4?fps=5&fps=6', 'source-option', /once/],
    ['pipe:/tmp/x?mode=1', 'source-option', /expected one of none/],
    ['v4l2:/dev/video0?size=640', 'source-option', /640x480/],
    ['rtsp:door', 'source-url', /names no host/],
    ['rtsp://u:secret@', 'source-url', /names no host/],
    ['v4l2://u:secret@x', 'source-url', /no user or password/],
  ])('%s', (url, code, message) => {
    let thrown: unknown;
    try {
      open(url);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ family: 'configuration', code, message: expect.stringMatching(message) });
    expect(JSON.stringify(thrown)).not.toContain('secret');
  });
});

describe('URLs that are taken', () => {
  it.each([
    ['rpicam:0', null, false],
    ['rpicam:', 30, false],
    ['argus:1?mode=1280x720', null, false],
    ['v4l2:/dev/v4l/by-path/platform-usb-0:1:1.0-video-index0?size=640x480&input=mjpeg', null, false],
    ['rtsp://user:pw@cam.local:554/stream?channel=1&subtype=0', null, false],
    ['rtsps://cam/stream', null, false],
    ['video:film with spaces.mp4?loop=1&pace=fast', null, false],
    ['video:stream.mjpeg', 25, false],
    ['images:folder?fps=0.5', 0.5, false],
    ['images:folder', 5, false],
    ['pipe:/run/edgenextd/front.sock', null, true],
    ['synthetic:?fps=20&width=320&height=240', 20, false],
    ['synthetic:', 10, false],
  ])('%s', (url, expectedFps, waitsForProducer) => {
    expect(open(url)).toMatchObject({ waitsForProducer, ...(expectedFps === null ? {} : { expectedFps }) });
  });

  it('has a usage line for every scheme', () => {
    for (const [name, { usage }] of Object.entries(SCHEMES))
      expect(usage).toContain(`${name.replace('rtsps', 'rtsp')}:`);
  });
});

describe('secrets', () => {
  it.each([
    ['rtsp://u:p%40ss@cam/x', 'rtsp://***@cam/x', ['rtsp://u:p%40ss@cam/x', 'u:p%40ss', 'u:p@ss', 'p%40ss', 'p@ss']],
    ['rtsp://cam/x?password=abc&n=1', 'rtsp://cam/x?password=***&n=1', ['rtsp://cam/x?password=abc&n=1', 'abc']],
    ['rtsp://u:a@b@cam/x', 'rtsp://***@cam/x', ['rtsp://u:a@b@cam/x', 'u:a@b', 'a@b']],
    ['rtsp://u:100%@cam', 'rtsp://***@cam', ['rtsp://u:100%@cam', 'u:100%', '100%']],
    ['rtsp://cam/x?channel=1', 'rtsp://cam/x?channel=1', []],
    ['v4l2:/dev/video0', 'v4l2:/dev/video0', []],
  ])('of %s', (url, redacted, secrets) => {
    expect(redactUrl(url)).toBe(redacted);
    expect(secretsOf(url)).toEqual(secrets);
  });
});
