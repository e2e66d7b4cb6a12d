import { z } from 'zod';

/** The verbs, what they take, and whether they change anything: the one table of commands. */

const camera = z.string().regex(/^[a-z0-9_]{1,32}$/);
const nothing = z.strictObject({});

/** Not persisted and without a ttl: until the daemon restarts. */
const lasting = {
  persist: z.boolean().default(false).describe('keep it over restarts, in a file of its own beside the state'),
  ttl: z.number().min(1).max(86_400).nullable().default(null).describe('seconds after which it is taken back'),
};
const isOneOfBoth = ({ persist, ttl }: { persist: boolean; ttl: number | null }): boolean => !persist || ttl === null;
const NOT_BOTH = 'either persist or ttl';

export const VERBS = {
  ping: { acts: false, args: nothing },
  'state.get': { acts: false, args: nothing },
  'config.get': { acts: false, args: nothing },
  'config.set': {
    acts: true,
    args: z
      .strictObject({
        set: z.record(z.string(), z.unknown()).describe('a part of the configuration, shaped as in its file'),
        ...lasting,
      })
      .refine(isOneOfBoth, NOT_BOTH),
  },
  'config.reset': {
    acts: true,
    args: z.strictObject({
      paths: z.array(z.string().min(1).max(256)).max(64).nullable().default(null).describe('null: all that was set'),
    }),
  },
  'camera.enable': { acts: true, args: z.strictObject({ camera, ...lasting }).refine(isOneOfBoth, NOT_BOTH) },
  'camera.disable': { acts: true, args: z.strictObject({ camera, ...lasting }).refine(isOneOfBoth, NOT_BOTH) },
  inhibit: {
    acts: true,
    args: z.strictObject({
      reason: z.string().min(1).max(100).describe('who wants it and why; the same reason again renews it'),
      ttl: z.number().min(0).max(86_400).describe('seconds; 0 lifts it'),
    }),
  },
  restart: { acts: true, args: nothing },
} as const satisfies Record<string, { acts: boolean; args: z.ZodType }>;

export type Verb = keyof typeof VERBS;
type Args<V extends Verb> = z.output<(typeof VERBS)[V]['args']>;

export const isVerb = (text: string): text is Verb => Object.hasOwn(VERBS, text);

type Result = Readonly<Record<string, unknown>>;

/** Which command this is, for a handler that the daemon does not outlive. */
export interface Asked {
  readonly key: string;
  readonly transaction: string;
  readonly fingerprint: string;
}

/** What each verb does. It fails by throwing an EdgeError, whose code and message are the answer. */
export type Handlers = {
  readonly [V in Verb]: (args: Args<V>, progress: (text: string) => void, asked: Asked) => Result | Promise<Result>;
};
