import { describe, expect, it } from 'vitest';
import { createProgress } from '../../src/commands/progress.js';

const run = (isTTY: boolean, total: number, msEach: number): string[] => {
  const lines: string[] = [];
  let nowMs = 0;
  const progress = createProgress('reading', total, { isTTY, write: (text) => lines.push(text) }, () => nowMs);
  for (let i = 0; i < total; i++) {
    nowMs += msEach;
    progress.advanced();
  }
  progress.done();
  return lines;
};

describe('progress', () => {
  it('is a line each ten percent where there is no terminal', () => {
    const lines = run(false, 200, 100);
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe('reading: 10 %, 20 of 200, 18 s left\n');
    expect(lines.at(-1)).toBe('reading: 100 %, 200 of 200, 0 s left\n');
  });

  it('is a bar on a terminal, redrawn ten times a second at most, and leaves the line', () => {
    const lines = run(true, 100, 20);
    expect(lines).toHaveLength(20 + 1);
    expect(lines[10]).toContain(`reading [${'#'.repeat(15)}${' '.repeat(15)}] 51/100`);
    expect(lines.at(-1)).toBe('\r\x1b[K');
  });
});
