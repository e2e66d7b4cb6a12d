import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeTrees } from '../../src/config/merge.js';
import { editDistance, nearestName } from '../../src/config/nearest.js';
import type { Path } from '../../src/config/problem.js';
import { substitute } from '../../src/config/substitute.js';
import { entryAt, type Located, mapScalars, toPlain } from '../../src/config/tree.js';
import { parseYaml, printYaml } from '../../src/config/yaml.js';
import { context } from './folder.js';

const key = fc.constantFrom('a', 'b', 'c', 'stop sign');
const data = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.string(), fc.boolean(), fc.constant(null), tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  map: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));
const treeOf = (value: unknown, file: string): Located => {
  const { tree, problems } = parseYaml(printYaml(value), file);
  expect(problems).toEqual([]);
  return tree as Located;
};

function plainMerge(earlier: unknown, later: unknown): unknown {
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(earlier) || !isMap(later)) return later;
  const merged: Record<string, unknown> = { ...earlier };
  for (const [name, value] of Object.entries(later)) {
    merged[name] = name in earlier ? plainMerge(earlier[name], value) : value;
  }
  return merged;
}

test('what is printed is read back the same', () => {
  fc.assert(
    fc.property(data.map, (value) => {
      expect(toPlain(treeOf(value, 'x'))).toEqual(value);
    }),
  );
});

test('merging maps is the merge of the plain data, and every scalar is from the last file that has it', () => {
  fc.assert(
    fc.property(data.map, data.map, (one, two) => {
      const merged = mergeTrees(treeOf(one, 'one'), treeOf(two, 'two'));
      expect(toPlain(merged)).toEqual(plainMerge(one, two));
      const paths: Path[] = [];
      mapScalars(merged, (scalar, path) => {
        paths.push(path);
        expect(scalar.place.file).toBe(entryAt(treeOf(two, 'two'), path) === null ? 'one' : 'two');
        return scalar;
      });
    }),
  );
});

test('merging a tree over itself, or nothing over it, changes nothing', () => {
  fc.assert(
    fc.property(data.map, (value) => {
      const tree = treeOf(value, 'x');
      expect(mergeTrees(tree, tree)).toEqual(tree);
      expect(mergeTrees(tree, treeOf({}, 'y'))).toEqual(tree);
    }),
  );
});

const scalar = (value: string): Located => ({ kind: 'scalar', place: { file: 'x', line: 1 }, value });

test('substitution: texts without variables stay; what is put in is not searched again; nothing throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (before, value, after) => {
      fc.pre(!before.includes('$') && !after.includes('$') && !after.includes('}'));
      expect(toPlain(substitute(scalar(before + after), context(), '/').tree)).toBe(before + after);
      const filled = substitute(scalar(`${before}\${env:X}${after}`), context({ X: value }), '/');
      expect(filled.problems).toEqual([]);
      expect(toPlain(filled.tree)).toBe(before + value + after);
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.constantFrom('$', '{', '}', 'env:', 'file:', 'serial', '/', '\0', 'A')), (parts) => {
      const { problems, failed } = substitute(scalar(parts.join('')), context(), '/nowhere');
      expect(problems.length >= failed.length).toBe(true);
    }),
  );
});

test('the edit distance is a distance, and swapping two neighbours costs one', () => {
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
  expect(editDistance('proivders', 'providers')).toBe(1);
});

test.each([
  ['keepalive', ['url', 'keepaliveS'], 'keepaliveS'],
  ['heart_beat', ['heartbeatS', 'maxHz'], 'heartbeatS'],
  ['zzz', ['url', 'tls'], null],
  ['x', ['url', 'y'], 'y'],
  ['constructor', [], null],
])('the name nearest to %s among %j is %s', (written, known, nearest) => {
  expect(nearestName(written, known)).toBe(nearest);
});

test('a known name with up to one slip is always found', () => {
  const names = ['source', 'publish', 'regions', 'decide', 'validForMs'];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), (name, at) => {
      const position = at % name.length;
      expect(nearestName(name.slice(0, position) + name.slice(position + 1), names)).toBe(name);
    }),
  );
});
