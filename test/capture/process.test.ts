import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type ProcessSpec, runProcess } from '../../src/capture/process.js';
import { folder, processesNaming, standIn, until } from './support.js';

const spec = (program: string, over: Partial<ProcessSpec> = {}): ProcessSpec => ({
  program,
  args: [],
  dataFd: 1,
  stdin: '',
  secrets: [],
  searchPath: process.env.PATH ?? '',
  ...over,
});

const never = new AbortController().signal;

describe('a program', () => {
  it('gets its text on stdin and gives back what it writes', async () => {
    const chunks: Buffer[] = [];
    const end = await runProcess(
      spec('/bin/cat', { stdin: 'hello' }),
      (chunk) => chunks.push(Buffer.from(chunk)),
      never,
    );
    expect(Buffer.concat(chunks).toString()).toBe('hello');
    expect(end).toEqual({ aborted: false, code: 0, signal: null, stuck: false, stderr: [] });
  });

  it('sees no shell: its arguments stay as they are', async () => {
    const chunks: Buffer[] = [];
    const args = ['$(id)', ';ls', "a'b"];
    await runProcess(spec('/bin/echo', { args }), (chunk) => chunks.push(Buffer.from(chunk)), never);
    expect(Buffer.concat(chunks).toString()).toBe("$(id) ;ls a'b\n");
  });

  it('gets no secret of the daemon’s environment', async () => {
    process.env.EDGENEXTD_TEST_PASSWORD = 'pw1';
    const chunks: Buffer[] = [];
    await runProcess(spec('/usr/bin/env'), (chunk) => chunks.push(Buffer.from(chunk)), never);
    delete process.env.EDGENEXTD_TEST_PASSWORD;
    expect(Buffer.concat(chunks).toString()).toContain('PATH=');
    expect(Buffer.concat(chunks).toString()).not.toContain('pw1');
  });

  it('is ended when its reader throws, and what was thrown comes out', async () => {
    const path = folder();
    standIn(path, 'endless', 'setInterval(() => process.stdout.write("x"), 5)');
    const failing = runProcess(
      spec(join(path, 'endless')),
      () => {
        throw new Error('no frames in here');
      },
      never,
    );
    await expect(failing).rejects.toThrow('no frames in here');
    expect(processesNaming(path)).toEqual([]);
  });

  it('takes its children along', async () => {
    const path = folder();
    standIn(path, 'child', 'setInterval(() => {}, 1000)');
    standIn(
      path,
      'parent',
      `require('node:child_process').spawn('${path}/child', { stdio: 'inherit' }).on('spawn', () => process.stdout.write('ready'));
       process.on('SIGINT', () => process.exit(0)); setInterval(() => {}, 1000);`,
    );
    const abort = new AbortController();
    await runProcess(spec(join(path, 'parent')), () => abort.abort(), abort.signal);
    await until(() => processesNaming(path).length === 0, 'both are gone');
  });

  it('does not outlive the daemon, even when that is killed', async () => {
    const path = folder();
    standIn(path, 'camera', 'process.stdout.write("x"); setInterval(() => {}, 1000)');
    // The built file: a process of its own can't load TypeScript.
    const built = fileURLToPath(new URL('../../dist/src/capture/process.js', import.meta.url));
    const daemon = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { runProcess } from '${built}';
         const spec = ${JSON.stringify(spec(join(path, 'camera')))};
         runProcess(spec, () => console.log('frame'), new AbortController().signal);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(daemon.stdout, 'data');
    expect(processesNaming(`${path}/camera`)).not.toEqual([]);
    daemon.kill('SIGKILL');
    await until(() => processesNaming(`${path}/camera`).length === 0, 'the camera program is gone');
  });
});
