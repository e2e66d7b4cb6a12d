import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type RtspServer, startRtspServer } from './rtsp-server.js';
import { commandLine, folder, processesNaming, run, searchPathWith, standIn } from './support.js';

const PASSWORD = 's3cr%27t&word';
const DECODED = decodeURIComponent(PASSWORD);

let server: RtspServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

describe('rtsp: with a real ffmpeg and a camera on loopback', () => {
  it('shows frames from a camera that wants a password, which is on no command line', async () => {
    server = await startRtspServer(DECODED);
    const running = run(`rtsp://viewer:${PASSWORD}@127.0.0.1:${server.port}/door`);
    const frame = await running.frame(3);
    expect(frame.format).toMatchObject({ kind: 'i420', width: 64, height: 48, range: 'full' });
    expect(processesNaming('concat').map(commandLine).join()).toContain('ffmpeg');
    for (const secret of [PASSWORD, DECODED]) expect(processesNaming(secret)).toEqual([]);
    running.abort();
    expect(await running.ended).toBeNull();
  });

  it('fails when the camera loses its power, so that it is tried again', async () => {
    server = await startRtspServer(DECODED);
    const running = run(`rtsp://viewer:${PASSWORD}@127.0.0.1:${server.port}/door`);
    await running.frame(1);
    server.cut();
    expect((await running.ended)?.code).toBe('source-exited');
  });

  it('fails on a wrong password without repeating it', async () => {
    server = await startRtspServer(DECODED);
    const error = await run(`rtsp://viewer:wr0ng-pass@127.0.0.1:${server.port}/door`).ended;
    expect(error?.message).toMatch(/401 Unauthorized/);
    expect(error?.message).toMatch(/check address, path, user and password/);
    expect(JSON.stringify([error?.message, error?.facts])).not.toContain('wr0ng-pass');
  });
});

describe('the command line for ffmpeg', () => {
  /** What a stand-in of the given version was called with. */
  async function calledWith(version: string, url: string): Promise<{ readonly args: string; readonly stdin: string }> {
    const path = folder();
    const bin = join(path, 'bin');
    mkdirSync(bin);
    standIn(
      bin,
      'ffmpeg',
      `const fs = require('node:fs');
       if (process.argv.includes('-version')) { console.log('ffmpeg version ${version} Copyright'); process.exit(0); }
       fs.writeFileSync('${path}/call', JSON.stringify({ args: process.argv.slice(2).join(' '), stdin: fs.readFileSync(0, 'utf8') }));
       console.error('cannot open ' + ${JSON.stringify(url)});
       process.exit(1);`,
    );
    const error = await run(url, { searchPath: searchPathWith(bin) }).ended;
    expect(error?.message).not.toContain('pw1');
    return JSON.parse(readFileSync(join(path, 'call'), 'utf8'));
  }

  it.each([
    ['4.2.7-0ubuntu0.1', '-rtsp_transport tcp -stimeout 5000000 -i rtsp://cam/door?ch=1', '-vsync passthrough'],
    ['5.0.1', '-rtsp_transport tcp -timeout 5000000 -i rtsp://cam/door?ch=1', '-vsync passthrough'],
    ['5.1.9-0+deb12u1', '-rtsp_transport tcp -timeout 5000000 -i rtsp://cam/door?ch=1', '-fps_mode passthrough'],
    ['n7.1', '-rtsp_transport tcp -timeout 5000000 -i rtsp://cam/door?ch=1', '-fps_mode passthrough'],
    ['N-118000-gabcdef', '-rtsp_transport tcp -timeout 5000000 -i rtsp://cam/door?ch=1', '-fps_mode passthrough'],
  ])('fits version %s', async (version, input, output) => {
    const { args, stdin } = await calledWith(version, 'rtsp://cam/door?ch=1');
    expect(args).toContain(input);
    expect(args).toContain(output);
    expect(stdin).toBe('');
  });

  it.each([
    ['4.4.2', "ffconcat version 1.0\nfile 'rtsp://u:pw1@cam/door?tcp'\n"],
    [
      '5.1.9',
      "ffconcat version 1.0\nfile 'rtsp://u:pw1@cam/door'\noption rtsp_transport tcp\noption timeout 5000000\noption fflags nobuffer\n",
    ],
  ])('gives credentials on stdin to version %s', async (version, script) => {
    const { args, stdin } = await calledWith(version, 'rtsp://u:pw1@cam/door');
    expect(args).not.toContain('pw1');
    expect(stdin).toBe(script);
  });

  it('hides a password in the query as well, and never says it', async () => {
    const { args, stdin } = await calledWith('5.1', 'rtsp://cam/stream?user=me&password=pw1');
    expect(args).not.toContain('pw1');
    expect(stdin).toContain('password=pw1');
  });
});
