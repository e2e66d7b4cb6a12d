/** Jetson Linux to JetPack, after jetson_stats' table. Numbers of the same line that are not listed are its patches. */
const RELEASES: Readonly<Record<string, string>> = {
  '36.3': '6.0',
  '36.4.0': '6.1',
  '36.4.3': '6.2',
  '36.4.4': '6.2.1',
  '36.4.7': '6.2.1',
  '36.5': '6.2.2',
  '38.2': '7.0',
  '38.4': '7.1',
  '39.2': '7.2',
};

const MAJOR_LINES: Readonly<Record<string, string>> = { 32: '4.x', 35: '5.x', 36: '6.x', 38: '7.x', 39: '7.x' };

export interface JetPack {
  /** `36.4.3`; null where the board does not say. */
  readonly l4t: string | null;
  /** `6.2`, or `6.x` where only the line is known; null for an unknown line. */
  readonly jetpack: string | null;
  readonly warning: string | null;
}

/** `release` is the text of /etc/nv_tegra_release, `packages` that of dpkg's status, read where the first is not there. */
export function readJetPack(release: string | null, packages: () => string | null): JetPack {
  const l4t = fromRelease(release ?? '') ?? fromPackages(packages() ?? '');
  if (l4t === null) {
    return {
      l4t,
      jetpack: null,
      warning: 'the version of Jetson Linux is not to be found; sensors are looked for all the same',
    };
  }
  const short = l4t.replace(/(\.0)+$/, '');
  const exact = RELEASES[l4t] ?? RELEASES[`${l4t}.0`] ?? RELEASES[short];
  const line = MAJOR_LINES[l4t.split('.')[0] ?? ''] ?? null;
  if (exact !== undefined || line === '5.x' || line === '4.x') return { l4t, jetpack: exact ?? line, warning: null };
  const said =
    line === null ? 'is newer than this program' : `is a version of JetPack ${line} that this program has not met`;
  return { l4t, jetpack: line, warning: `Jetson Linux ${l4t} ${said}; sensors are looked for all the same` };
}

/** `# R36 (release), REVISION: 4.3, GCID: …` */
function fromRelease(text: string): string | null {
  const match = /^# R(\d+) \(release\), REVISION: (\d+(?:\.\d+)*)/m.exec(text);
  return match === null ? null : `${match[1]}.${match[2]}`;
}

function fromPackages(status: string): string | null {
  const entry = status.split('\n\n').find((text) => text.startsWith('Package: nvidia-l4t-core\n'));
  return /^Version: (\d+(?:\.\d+)+)/m.exec(entry ?? '')?.[1] ?? null;
}
