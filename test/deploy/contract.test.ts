import { readdirSync, readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { contractDigest, contractFiles, type Versions, versionFault } from '../../deploy/contract-files.js';
import { type MessageKind, PROTOCOL_VERSION, TOPICS, type TopicRule } from '../../src/publish/topics.js';

const folder = new URL('../../deploy/contract/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const versions = JSON.parse(read('versions.json')) as Versions;
const files = contractFiles();

/** Changes one text in one file of the contract. */
const changed = (name: string, from: string, to: string): Map<string, string> => {
  const text = files.get(name) ?? '';
  expect(text).toContain(from);
  return new Map([...files, [name, text.replace(from, to)]]);
};

describe('the contract', () => {
  it('has a version of its own: a change without a new version does not land', () => {
    expect(versionFault(versions, PROTOCOL_VERSION, contractDigest(files))).toBeNull();
  });

  it.each([...files.keys()])('%s is current: else run `npm run generate:contract`', (name) => {
    expect(read(name)).toBe(files.get(name));
  });

  it('is a file for every topic and the document, and nothing else', () => {
    const schemas = Object.keys(TOPICS).map((kind) => `${kind}.schema.json`);
    expect(readdirSync(folder).sort()).toEqual([...schemas, 'asyncapi.json', 'versions.json'].sort());
  });

  it.each([
    ['a field that is gone', 'status.schema.json', '"fps"', '"rate"'],
    ['a value that is new', 'state.schema.json', '"minimal"', '"smallest"'],
    ['another quality of service', 'asyncapi.json', '"qos": 1', '"qos": 0'],
  ])('%s is another contract', (_what, name, from, to) => {
    const digest = contractDigest(changed(name, from, to));
    expect(versionFault(versions, PROTOCOL_VERSION, digest)).toMatch(/raise it/);
    expect(versionFault(versions, '9.0.0', digest)).toMatch(/generate:contract/);
    expect(versionFault({ ...versions, '9.0.0': digest }, '9.0.0', digest)).toBeNull();
  });

  it('may be described in other words', () => {
    const words = changed('status.schema.json', '"description": "what the camera', '"description": "that the camera');
    expect(contractDigest(words)).toBe(contractDigest(files));
  });

  it('tells a field that is called description from a description', () => {
    const without = changed('alert.schema.json', '"description": {', '"text": {');
    expect(contractDigest(without)).not.toBe(contractDigest(files));
  });
});

describe('asyncapi.json', () => {
  it('is valid AsyncAPI 3', async () => {
    const { document, diagnostics } = await new Parser().parse(read('asyncapi.json'));
    expect(diagnostics.filter(({ severity }) => severity <= 1)).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect(document?.info().version()).toBe(PROTOCOL_VERSION);
    const addresses = (document?.channels().all() ?? []).map((channel) => channel.address());
    expect(addresses).toHaveLength(Object.keys(TOPICS).length);
    expect(addresses).toContain('edgenext/v1/{manufacturer}/{serialNumber}/status/{camera}');
  });

  it('would not be valid with a channel that is missing', async () => {
    const broken = read('asyncapi.json').replace('"#/channels/alert"', '"#/channels/no-such"');
    const { diagnostics } = await new Parser().parse(broken);
    expect(diagnostics.filter(({ severity }) => severity === 0)).not.toEqual([]);
  });
});

describe('the JSON Schema of', () => {
  const topics = readFileSync(new URL('../../docs/topics.md', import.meta.url), 'utf8');
  const kinds = Object.keys(TOPICS) as MessageKind[];
  const exampleOf = (kind: string): Record<string, unknown> =>
    JSON.parse(
      new RegExp(`^## ${kind}[^\`]*[\\s\\S]*?\`\`\`json\n([\\s\\S]*?)\`\`\``, 'm').exec(topics)?.[1] ?? 'null',
    );

  it.each(kinds)('%s takes the true example, a field of a later version, and nothing that lacks a field', (kind) => {
    const schema = z.fromJSONSchema(JSON.parse(read(`${kind}.schema.json`)));
    const example = exampleOf(kind);
    expect(schema.safeParse(example).error).toBeUndefined();
    expect(schema.safeParse({ ...example, addedLater: 1 }).error).toBeUndefined();
    const { timestamp: _, ...without } = example;
    // Whoever commands the device need not know its time.
    const { direction }: TopicRule = TOPICS[kind];
    expect(schema.safeParse(without).success).toBe(direction === 'in');
    expect(schema.safeParse({ ...example, timestamp: 'yesterday' }).success).toBe(false);
  });
});
