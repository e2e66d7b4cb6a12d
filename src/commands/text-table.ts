/** A heading and rows as lines of aligned columns, two blanks apart; a column of numbers stands to the right. */
export function textTable(rows: ReadonlyArray<readonly string[]>, indent = ''): string {
  const width = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, index) => rows.map((row) => row[index] ?? ''));
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const isNumeric = columns.map((cells) => cells.slice(1).every((cell) => cell === '' || /^[-+]?\d/.test(cell)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => (isNumeric[index] ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${indent}${line(row)}\n`).join('');
}

/** Names and what is to be said of each, in two columns. */
export function factList(facts: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, fact]) => `${name.padEnd(width)}  ${fact}\n`).join('');
}

export const threadCount = (threads: number): string => `${threads} ${threads === 1 ? 'thread' : 'threads'}`;

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A share with the ends of its 95 % interval. */
export const percentWithin = ({ value, low, high }: { value: number; low: number; high: number }): string =>
  `${percent(value)} (${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)})`;

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
