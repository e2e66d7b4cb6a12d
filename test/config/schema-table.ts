import { inWords } from '../../src/config/schema-walk.js';

type Schema = Parameters<typeof inWords>[0] & {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
};

export interface KeyRow {
  readonly path: string;
  readonly cells: readonly string[];
}

/** One row for every key of a JSON Schema, maps included. */
export function keyRows(schema: Schema, path = ''): KeyRow[] {
  const { map } = withoutNull(schema);
  const rows: KeyRow[] = [];
  for (const [name, child] of Object.entries(map.properties ?? {})) {
    const childPath = path === '' ? name : `${path}.${name}`;
    const required = child.default === undefined && (map.required ?? []).includes(name);
    rows.push({
      path: childPath,
      cells: [`\`${childPath}\``, inWords(child), defaultOf(child, required), child.description ?? ''],
    });
    rows.push(...keyRows(child, childPath));
  }
  if (typeof map.additionalProperties === 'object') rows.push(...keyRows(map.additionalProperties, `${path}.*`));
  return rows;
}

function withoutNull(schema: Schema): { map: Schema } {
  return {
    map: ((schema.anyOf as readonly Schema[] | undefined) ?? []).find((each) => each.type === 'object') ?? schema,
  };
}

function defaultOf(schema: Schema, required: boolean): string {
  if (required) return '**needed**';
  const value = schema.default;
  return value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))
    ? ''
    : `\`${JSON.stringify(value)}\``;
}

export function keyTable(schema: Schema): string {
  const lines = keyRows(schema).map(
    ({ cells }) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  );
  return ['| Key | Value | Default | |', '|---|---|---|---|', ...lines].join('\n');
}
