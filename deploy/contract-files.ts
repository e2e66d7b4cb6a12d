/**
 * The message contract as files: a JSON Schema for each topic and one AsyncAPI 3 document, made from the schemas in
 * src/publish/messages.ts. They are for readers: what a later 1.x adds passes them, because readers ignore what they
 * don't know.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MESSAGES } from '../src/publish/messages.js';
import { type MessageKind, PROTOCOL_VERSION, TOPICS, type TopicRule, topicAddress } from '../src/publish/topics.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const KINDS = Object.keys(TOPICS) as MessageKind[];

/** File name → text, all but `versions.json`. */
export function contractFiles(): ReadonlyMap<string, string> {
  const schemas = KINDS.map((kind) => [`${kind}.schema.json`, textOf(schemaOf(kind))] as const);
  return new Map([...schemas, ['asyncapi.json', textOf(asyncApi())]]);
}

export const textOf = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

function schemaOf(kind: MessageKind): JsonObject {
  const schema = z.toJSONSchema(MESSAGES[kind], {
    target: 'draft-07',
    override: ({ jsonSchema }) => relax(jsonSchema),
  });
  return { title: kind, ...(schema as unknown as JsonObject) };
}

/** What zod writes for itself and a reader has no use for. */
function relax(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.format === 'date-time') schema.pattern = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$';
}

function asyncApi(): JsonObject {
  const messages = KINDS.map((kind) => {
    const { $schema: _, title, description, ...payload } = schemaOf(kind);
    return [kind, { name: kind, summary: description ?? null, contentType: 'application/json', payload }] as const;
  });
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'edgenextd',
      version: PROTOCOL_VERSION,
      description:
        'What an edgenextd says over MQTT, and what it may be told. The local socket has the same messages as JSON lines.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(KINDS.map((kind) => [kind, channelOf(kind, TOPICS[kind])])),
    operations: Object.fromEntries(KINDS.map((kind) => [kind, operationOf(kind, TOPICS[kind])])),
    components: { messages: Object.fromEntries(messages) },
  };
}

function channelOf(kind: MessageKind, { perCamera, perVerb }: TopicRule): JsonObject {
  const device = {
    manufacturer: { description: 'device.manufacturer of the configuration' },
    serialNumber: { description: "device.serial of the configuration, else the board's own" },
  };
  return {
    address: topicAddress(kind),
    messages: { [kind]: { $ref: `#/components/messages/${kind}` } },
    parameters: {
      ...device,
      ...(perCamera && { camera: { description: 'name of a camera in the configuration' } }),
      ...(perVerb && { verb: { description: 'what is to be done; docs/topics.md has them all' } }),
    },
  };
}

function operationOf(kind: MessageKind, { qos, retain, direction }: TopicRule): JsonObject {
  return {
    action: direction === 'in' ? 'receive' : 'send',
    channel: { $ref: `#/channels/${kind}` },
    messages: [{ $ref: `#/channels/${kind}/messages/${kind}` }],
    bindings: { mqtt: { qos, retain, bindingVersion: '0.2.0' } },
  };
}

/** sha-256 of all that a reader relies on; how it is described does not count. */
export function contractDigest(files: ReadonlyMap<string, string> = contractFiles()): string {
  const contract = [...files].map(([name, text]) => [name, plain(JSON.parse(text) as Json)] as const);
  return createHash('sha256')
    .update(JSON.stringify(contract.sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex');
}

const WORDS = ['description', 'summary', 'title', 'info'];

/** Without descriptions, keys in order. A property that bears such a name is a map and not a text. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as JsonObject).filter(
    ([key, each]) => !(WORDS.includes(key) && (typeof each === 'string' || key === 'info')),
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, plain(each)]));
}

/** Protocol version → digest of its contract, for every version that there was. */
export type Versions = Readonly<Record<string, string>>;

/** Why the contract may not be as it is; null: it may. */
export function versionFault(versions: Versions, version: string, digest: string): string | null {
  const known = versions[version];
  if (known === digest) return null;
  if (known === undefined) return `version ${version} is not in versions.json: run \`npm run generate:contract\``;
  return (
    `messages or topics changed, but PROTOCOL_VERSION in src/publish/topics.ts is still ${version}: raise it ` +
    '(the second number where something was added, the first where readers of before would break), ' +
    'then run `npm run generate:contract`'
  );
}
