import { readFileSync } from 'node:fs';
import type { ModelBuildOptions } from '../../src/commands/build-options.js';

/** The options of the `edgenextd model build` command that a README shows in a code block. */
export function documentedBuild(readme: string | URL): ModelBuildOptions {
  const line = /^edgenextd model build (.*)$/m.exec(readFileSync(readme, 'utf8'))?.[1];
  if (line === undefined) throw new Error(`${String(readme)} shows no "edgenextd model build" command`);
  const words = Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, bare]) => quoted ?? bare ?? '');
  const first = words.findIndex((word) => word.startsWith('--'));
  const [checkpoints, rest] = [words.slice(0, first), words.slice(first)];
  const options: Record<string, string | string[]> = { checkpoints };
  for (let at = 0; at < rest.length; at += 2) {
    const name = (rest[at] ?? '').replace(/^--/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const value = rest[at + 1] ?? '';
    if (name === 'quality') options[name] = [...(options[name] ?? []), value];
    else options[name] = value;
  }
  return options as unknown as ModelBuildOptions;
}
