import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommand } from '../../src/publish/command-topic.js';
import { createLineReader } from '../../src/publish/line-reader.js';

const base = 'edgenext/v1/acme/r7';
const received = (changes: object = {}) => ({
  topic: `${base}/cmd/ping`,
  payload: Buffer.from('{}'),
  retain: false,
  responseTopic: null,
  correlation: null,
  ...changes,
});

describe('a command from the broker', () => {
  it('is one when it came on its topic and was not retained', () => {
    expect(readCommand(base, received())).toMatchObject({ verb: 'ping', reply: null });
    expect(readCommand(base, received({ retain: true }))).toBeNull();
    expect(readCommand(base, received({ topic: 'edgenext/v1/acme/r8/cmd/ping' }))).toBeNull();
  });

  it.each([
    ['backend/answers', 'backend/answers'],
    [`${base}/cmdack/mine`, `${base}/cmdack/mine`],
    [`${base}/cmd/restart`, null],
    [`${base}/connection`, null],
    ['$SYS/x', null],
    ['a/+/b', null],
    ['a/#', null],
    ['a\0b', null],
    ['', null],
    ['x'.repeat(600), null],
  ])('asked to answer to %j answers to %j', (responseTopic, topic) => {
    const correlation = Buffer.from('7');
    expect(readCommand(base, received({ responseTopic, correlation }))?.reply).toEqual({ topic, correlation });
  });

  it('does not carry a load as correlation', () => {
    expect(readCommand(base, received({ correlation: Buffer.alloc(2000) }))?.reply).toBeNull();
  });
});

describe('lines', () => {
  const read = (chunks: readonly Buffer[], longest: number): string[] => {
    const lines: string[] = [];
    const reader = createLineReader(longest, (line) => lines.push(line.toString('latin1')));
    for (const chunk of chunks) reader(chunk);
    return lines;
  };

  it('are the same however they come', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '\n', '\n\n', 'a longer one'), { maxLength: 40 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(9)), fc.integer({ min: 0, max: 15 }), (parts, sizes, longest) => {
        const all = Buffer.from(parts.join(''));
        const chunks: Buffer[] = [];
        for (let from = 0, turn = 0; from < all.length; turn++) {
          const size = (sizes[turn % Math.max(1, sizes.length)] ?? 0) + 1;
          chunks.push(all.subarray(from, from + size));
          from += size;
        }
        const whole = all.toString().split('\n').slice(0, -1);
        const wanted = whole.filter((line) => line !== '').map((line) => line.slice(0, longest + 1));
        expect(read(chunks, longest)).toEqual(wanted);
      }),
    );
  });

  it('that never end are not kept', () => {
    const reader = createLineReader(10, () => undefined);
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 1000; n++) reader(Buffer.alloc(64 * 1024, 120));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1000);
    expect(read([Buffer.alloc(1e6, 120), Buffer.from('\n')], 10)).toEqual(['x'.repeat(11)]);
  });
});
