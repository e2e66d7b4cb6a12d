import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, read, run } from './setup-run.mjs';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Debian packages unpacked into folders instead of installed, its backports and other architectures included: apt with
 * sources, lists and status of its own. Needs no root and leaves the system's package manager as it is.
 */
export function openDebian(folder) {
  const release = releaseName();
  const sources = join(folder, 'sources.list');
  for (const name of ['lists/partial', 'archives/partial']) mkdirSync(join(folder, name), { recursive: true });
  const suites = [release, `${release}-backports`];
  const lines = suites.map((suite) => `deb [signed-by=${KEYRING}] ${mirrorOf(release)} ${suite} main\n`);
  writeFileSync(sources, lines.join(''));
  const settings = [
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=-',
    `Dir::State::Lists=${join(folder, 'lists')}`,
    'Dir::State::Status=/dev/null',
    `Dir::Cache=${folder}`,
    'APT::Architectures::=amd64',
    'APT::Architectures::=arm64',
    `APT::Default-Release=${release}-backports`,
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
  ];
  const options = settings.flatMap((setting) => ['-o', setting]);
  run('apt-get', [...options, '-qq', 'update'], `reading the package lists of Debian ${release} and its backports`);
  let taken = 0;
  return {
    unpack(names, into) {
      const packages = join(folder, `packages-${++taken}`);
      mkdirSync(packages);
      mkdirSync(into, { recursive: true });
      run('apt-get', [...options, '-qq', 'download', ...names], `downloading ${names.join(', ')}`, { cwd: packages });
      for (const file of readdirSync(packages)) read('dpkg-deb', ['-x', join(packages, file), into]);
    },
    /** What a package needs by name, such as the versioned package behind a general one. */
    needsOf: (name) =>
      [...read('apt-cache', [...options, 'depends', name]).matchAll(/Depends: ([^\s<]+)/g)].map(([, need]) => need),
  };
}

function releaseName() {
  const [, id] = /^ID=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  const [, name] = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  if (id !== 'debian' || name === undefined) fail(`the proof takes its tools from Debian, this is ${id ?? 'unknown'}`);
  return name;
}

/** Where this system takes its packages from. */
function mirrorOf(release) {
  const known = read('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(RELEASE) $(COMPONENT)',
    'Created-By: Packages',
  ]);
  const found = known
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, suite, component]) => suite === release && component === 'main');
  return found?.[0] ?? fail(`apt has no source for Debian ${release} main: add one, then try again`);
}
