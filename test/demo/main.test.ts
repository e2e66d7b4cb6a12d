import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { descendantsOf, isAlive } from '../harness/processes.js';
import { type DemoProcess, startDemo } from './demo-process.js';

const temporary = mkdtempSync(join(tmpdir(), 'demo-'));
let demo: DemoProcess;

afterEach(() => demo.child.kill('SIGKILL'));
afterAll(() => rmSync(temporary, { recursive: true, maxRetries: 5 }));

describe('npm start', () => {
  it('drives, shows it, and ends on Ctrl-C with nothing left behind', async () => {
    demo = startDemo(['--port', '0'], temporary);
    await demo.heard(/sees .*p50 .*done \d+.* 1\.\d m\/s/);
    expect(demo.said()).toMatch(/mosquitto_sub -h 127\.0\.0\.1 -p \d+/);
    const others = descendantsOf(demo.child.pid);
    expect(others.length).toBeGreaterThanOrEqual(3);
    demo.child.kill('SIGINT');
    expect(await once(demo.child, 'exit')).toEqual([0, null]);
    expect(demo.complained()).toBe('');
    expect(others.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(readdirSync(temporary).filter((name) => name.startsWith('edgenextd'))).toEqual([]);
  });

  it('leaves no process behind when it is killed', async () => {
    demo = startDemo(['--port', '0'], temporary);
    await demo.heard(/sees .*done/);
    const others = descendantsOf(demo.child.pid);
    expect(others.length).toBeGreaterThanOrEqual(3);
    demo.child.kill('SIGKILL');
    await vi.waitFor(() => expect(others.filter(({ pid }) => isAlive(pid))).toEqual([]), { timeout: 10_000 });
  });

  it('says in one line that its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    demo = startDemo(['--port', String(port)], temporary);
    expect(await once(demo.child, 'exit')).toEqual([1, null]);
    expect(demo.complained()).toMatch(/^demo: port \d+ on 127\.0\.0\.1 is taken.*\n$/);
    other.close();
  });
});
