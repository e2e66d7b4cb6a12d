import { z } from 'zod';
import { configSchema } from './schema.js';

/** The configuration file as JSON Schema, for editors and other tools: what one may write, defaults not yet filled in. */
export function configJsonSchema(): Record<string, unknown> {
  return { title: 'edgenextd configuration', ...z.toJSONSchema(configSchema, { io: 'input' }) };
}
