import { stripVTControlCharacters } from 'node:util';

const MOST_LINES = 20;
const MOST_CHARACTERS = 400;
const LONGEST_LINE = 4096;

export interface StderrTail {
  push(chunk: Buffer): void;
  /** A line of our own among the program's. */
  note(line: string): void;
  lines(): readonly string[];
}

/** The last lines of a program's stderr, however much it writes, without colours; each secret is replaced by ***. */
export function createStderrTail(secrets: readonly string[]): StderrTail {
  const kept: string[] = [];
  let partial = '';
  const clean = (line: string): string =>
    secrets
      .reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '***')), stripVTControlCharacters(line))
      .slice(0, MOST_CHARACTERS);
  const keep = (line: string): void => {
    if (line.trim() === '') return;
    kept.push(clean(line.trimEnd()));
    if (kept.length > MOST_LINES) kept.shift();
  };
  return {
    push(chunk) {
      // ffmpeg separates its progress lines by carriage returns.
      const parts = (partial + chunk.toString('utf8')).split(/[\r\n]+/);
      partial = parts.pop() ?? '';
      // Cutting an endless line could leave half a secret that replaceAll no longer knows, so it goes as a whole.
      if (partial.length > LONGEST_LINE) partial = '';
      for (const line of parts) keep(line);
    },
    note: keep,
    lines: () => (partial.trim() === '' ? [...kept] : [...kept, clean(partial)]),
  };
}
