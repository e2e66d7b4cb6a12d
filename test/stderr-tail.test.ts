import { describe, expect, it } from 'vitest';
import { createStderrTail } from '../src/stderr-tail.js';

describe('the tail of stderr', () => {
  it('keeps the last lines, short, whatever the chunks, and hides secrets', () => {
    const tail = createStderrTail(['rtsp://u:pw@cam', 'u:pw', 'pw']);
    const text = `${'old\n'.repeat(1000)}first\rrtsp://u:pw@cam failed\n${'l'.repeat(2000)}\nuser u:pw wrong\nhalf pw`;
    for (let at = 0; at < text.length; at += 7) tail.push(Buffer.from(text.slice(at, at + 7)));
    const lines = tail.lines();
    expect(lines.slice(-5)).toEqual(['first', '*** failed', 'l'.repeat(400), 'user *** wrong', 'half ***']);
    expect(lines.length).toBeLessThanOrEqual(21);
  });

  it('lets go of a line without end', () => {
    const tail = createStderrTail([]);
    for (let n = 0; n < 1000; n++) tail.push(Buffer.alloc(1000, 'x'));
    expect(tail.lines().join('').length).toBeLessThan(5000);
  });

  it('drops the colours of onnxruntime, also inside a secret', () => {
    const tail = createStderrTail(['secret']);
    tail.push(Buffer.from('\x1b[1;31mE: sec\x1b[0mret of 12\x1b[m\n'));
    expect(tail.lines()).toEqual(['E: *** of 12']);
  });
});
