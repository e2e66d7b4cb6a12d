/**
 * Makes this checkout ready: `node deploy/setup.mjs start|test|proof`. Installs the npm packages, for `test` the
 * system packages that the tests drive, for `proof` also the tools in `.setup/`, and builds. Each step is skipped
 * when its result is there; all done takes no second. Plain Node without dependencies, because it runs before
 * there are any.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installProofTools } from './proof-tools.mjs';
import { fail, isOnPath, root, run } from './setup-run.mjs';

const purpose = process.argv[2];

/** Program → Debian package. The tests talk to the real ones. */
const TEST_PROGRAMS = {
  mosquitto: 'mosquitto',
  mosquitto_sub: 'mosquitto-clients',
  ffmpeg: 'ffmpeg',
  python3: 'python3',
  openssl: 'openssl',
};

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) fail(`Node 20.19 or newer is needed, this is ${process.version}`);
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    fail(`64-bit Linux (x64 or arm64) is needed, this is ${process.platform} ${process.arch}`);
  }
}

function installPackages() {
  const stamp = join(root, 'node_modules', '.edgenextd-lock');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'installing npm packages');
  writeFileSync(stamp, lock);
}

function installPrograms() {
  const missing = Object.keys(TEST_PROGRAMS).filter((program) => !isOnPath(program));
  if (missing.length === 0) return;
  const packages = missing.map((program) => TEST_PROGRAMS[program]);
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages];
  const asRoot = process.getuid() === 0 ? [] : ['sudo', '-n'];
  if (asRoot.length > 0 && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    fail(`the tests need ${missing.join(', ')}. Run: sudo ${install.join(' ')}`);
  }
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  const [first, ...rest] = [...asRoot, ...environment, 'apt-get', 'update', '-qq'];
  run(first, rest, `refreshing the package lists for ${packages.join(', ')}`);
  const [command, ...args] = [...asRoot, ...environment, ...install];
  run(command, args, `installing ${packages.join(', ')}`);
}

function newestChange(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))));
}

function build() {
  const stamp = join(root, 'dist', '.built');
  const inputs = ['src', 'deploy', 'test/bench', 'test/proof/emulated', 'tsconfig.json', 'package-lock.json'].map(
    (name) => join(root, name),
  );
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= Math.max(...inputs.map(newestChange))) return;
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc')], 'building');
  writeFileSync(stamp, '');
}

if (!['start', 'test', 'proof'].includes(purpose)) {
  fail(`usage: node deploy/setup.mjs start|test|proof, not "${purpose ?? ''}"`);
}
checkNode();
installPackages();
if (purpose !== 'start') installPrograms();
if (purpose === 'proof') installProofTools();
build();
