/**
 * Adds to package-lock.json the optional packages for other platforms that npm left out because its registry did not
 * have them: `npm ci` refuses a lock without them everywhere. Run it after changing a dependency; a test says when.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const entries = Object.keys(lock.packages);
let added = 0;
for (const entry of Object.values({ ...lock.packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (entries.some((path) => path.endsWith(`node_modules/${name}`))) continue;
    // `@biomejs/cli-linux-arm64-musl`, `@oxc-parser/binding-win32-x64-msvc`: what comes last are system, processor, libc.
    const [os, cpu, abi] = name
      .split('/')
      .at(-1)
      .replace(/^(cli|binding)-/, '')
      .split('-');
    const libc = abi?.startsWith('musl') ? ['musl'] : abi?.startsWith('gnu') ? ['glibc'] : undefined;
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(entry.dev === true && { dev: true }),
      ...(libc !== undefined && { libc }),
      optional: true,
      os: [os],
    };
    entries.push(`node_modules/${name}`);
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages of other platforms added`);
