import {
  type Alias,
  Document,
  type ErrorCode,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import { type Path, type Place, type Problem, problemAt } from './problem.js';
import { emptyMap, type Located, type LocatedEntry, type ScalarValue } from './tree.js';

/** The one file that knows the YAML library: text to located tree and back. */

const MAX_BYTES = 1_048_576;
/** Aliases can multiply: a bound on what they may grow to. */
const MAX_NODES = 20_000;
const MAX_DEPTH = 64;
/** Each one is looked for in the whole document. */
const MAX_ALIASES = 500;

/** Our own texts, because the library's quote the source, and the source may be a password. */
const SYNTAX: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'an alias (*name) without its anchor (&name)',
  BAD_DQ_ESCAPE: 'an unknown escape in a double-quoted text',
  BAD_INDENT: 'wrong indentation, or a } or ] missing before it',
  BAD_SCALAR_START: 'a text that starts with a character YAML reserves; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " on one line; put the value in quotes',
  BLOCK_IN_FLOW: 'an indented block inside [ ] or { }',
  MISSING_CHAR: 'a character is missing: a closing quote or bracket, a comma, or the space after ":"',
  MULTILINE_IMPLICIT_KEY: 'a key without ":"; or a wrong indentation',
  MULTIPLE_DOCS: 'a second document ("---"); one file holds one',
  TAB_AS_INDENT: 'a tab as indentation; use spaces',
  TAG_RESOLVE_FAILED: 'an unknown tag (!name)',
};

export interface YamlText {
  /** null: nothing in the file. With syntax errors: as much as could be understood. */
  readonly tree: Located | null;
  readonly problems: readonly Problem[];
}

/** Reads YAML 1.2 (core schema: `on` and `no` are texts). Never throws. */
export function parseYaml(text: string, file: string): YamlText {
  if (text.length > MAX_BYTES) {
    return { tree: null, problems: [problemAt({ file, line: 0 }, [], `larger than ${MAX_BYTES} bytes`)] };
  }
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      version: '1.2',
      schema: 'core',
    });
    const lineOf = (offset: number): Place => ({ file, line: Math.max(1, lines.linePos(offset).line) });
    const syntax = [...document.errors, ...document.warnings].map((error) =>
      problemAt(lineOf(error.pos[0]), [], `not valid YAML: ${SYNTAX[error.code] ?? error.code.toLowerCase()}`),
    );
    const reader = new TreeReader(document, lineOf);
    const tree = document.contents === null ? null : reader.read(document.contents, [], { file, line: 1 });
    return { tree, problems: [...syntax, ...reader.problems] };
  } catch (error) {
    const why = error instanceof RangeError ? 'nested too deeply' : 'the YAML reader failed';
    return { tree: null, problems: [problemAt({ file, line: 0 }, [], `not valid YAML: ${why}`)] };
  }
}

class TreeReader {
  readonly problems: Problem[] = [];
  private readonly document: Document;
  private readonly lineOf: (offset: number) => Place;
  private nodes = 0;
  private aliases = 0;

  constructor(document: Document, lineOf: (offset: number) => Place) {
    this.document = document;
    this.lineOf = lineOf;
  }

  read(node: unknown, path: Path, fallback: Place): Located {
    const place = isNode(node) && node.range ? this.lineOf(node.range[0]) : fallback;
    this.nodes += 1;
    if (this.nodes > MAX_NODES || path.length > MAX_DEPTH) {
      if (this.nodes <= MAX_NODES + 1) this.problems.push(problemAt(place, path, 'too large or nested too deeply'));
      this.nodes = MAX_NODES + 1;
      return { kind: 'scalar', place, value: null };
    }
    if (isAlias(node)) return this.readAlias(node, path, place);
    if (isMap(node)) return this.readMap(node.items, path, place);
    if (isSeq(node)) {
      return { kind: 'list', place, items: node.items.map((item, index) => this.read(item, [...path, index], place)) };
    }
    return { kind: 'scalar', place, value: isScalar(node) ? scalarValue(node.value) : null };
  }

  /** The library looks aliases up only now. */
  private readAlias(alias: Alias, path: Path, place: Place): Located {
    this.aliases += 1;
    const target = this.aliases > MAX_ALIASES ? undefined : alias.resolve(this.document);
    if (target !== undefined) return this.read(target, path, place);
    const what = this.aliases > MAX_ALIASES ? `more than ${MAX_ALIASES} aliases` : SYNTAX.BAD_ALIAS;
    if (this.aliases <= MAX_ALIASES + 1) this.problems.push(problemAt(place, path, `not valid YAML: ${what}`));
    return { kind: 'scalar', place, value: null };
  }

  private readMap(pairs: readonly { key: unknown; value: unknown }[], path: Path, place: Place): Located {
    const entries = new Map<string, LocatedEntry>();
    for (const pair of pairs) {
      const keyPlace = isNode(pair.key) && pair.key.range ? this.lineOf(pair.key.range[0]) : place;
      const key = this.readKey(pair.key, path, keyPlace);
      if (key === null) continue;
      const earlier = entries.get(key);
      if (earlier !== undefined) {
        const what = `this key stands twice, first in line ${earlier.place.line}`;
        this.problems.push(problemAt(keyPlace, [...path, key], what));
      }
      entries.set(key, { place: keyPlace, value: this.read(pair.value, [...path, key], keyPlace) });
    }
    return { ...emptyMap(place), entries };
  }

  private readKey(node: unknown, path: Path, place: Place): string | null {
    const key = isScalar(node) ? scalarValue(node.value) : null;
    if (key !== null && key !== '__proto__') return String(key);
    this.problems.push(problemAt(place, path, 'a key must be a text', { expected: 'key: value' }));
    return null;
  }
}

function scalarValue(value: unknown): ScalarValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** Block-style YAML of plain data; `commentOf` may put a comment behind a scalar. */
export function printYaml(data: unknown, commentOf: (path: Path) => string | null = () => null): string {
  const document = new Document(data, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key') return;
      const comment = commentOf(pathOf([...ancestors, node]));
      if (comment !== null) node.comment = ` ${comment}`;
    },
  });
  return document.toString({ lineWidth: 0 });
}

function pathOf(chain: readonly unknown[]): Path {
  return chain.flatMap((node, index): (string | number)[] => {
    const parent = chain[index - 1];
    if (isSeq(parent)) return [parent.items.indexOf(node)];
    if (isPair(node)) return [String(isScalar(node.key) ? node.key.value : node.key)];
    return [];
  });
}
