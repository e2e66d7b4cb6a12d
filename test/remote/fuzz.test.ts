import fc from 'fast-check';
import { expect, it } from 'vitest';
import { COMMAND_VERBS } from '../../src/config/schema.js';
import type { Ack } from '../../src/remote/command.js';
import { VERBS, type Verb } from '../../src/remote/verbs.js';
import { createDesk } from './desk.js';

const verbs = Object.keys(VERBS) as Verb[];

it('the configuration knows the same verbs', () => {
  expect([...COMMAND_VERBS].sort()).toEqual([...verbs].sort());
});

/** Fields that mean something, with values that mostly do not. */
const field = fc.constantFrom('cmd', 'transaction', 'timestamp', 'set', 'persist', 'ttl', 'paths', 'camera', 'reason');
const value = fc.oneof(
  fc.constantFrom<unknown>('front', 'ping', 'restart', 'a', true, false, null, 0, 1, 60, -1, 1e300, '', [], {}),
  fc.constantFrom('2026-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '__proto__', '$'),
  fc.jsonValue({ maxDepth: 3 }),
);
const fields = fc.dictionary(fc.oneof({ weight: 4, arbitrary: field }, { weight: 1, arbitrary: fc.string() }), value);
const verb = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<string>(...verbs) },
  { weight: 1, arbitrary: fc.string() },
);

const right: Readonly<Record<Verb, object>> = {
  ping: {},
  'state.get': {},
  'config.get': {},
  'config.set': { set: { log: { level: 'debug' } } },
  'config.reset': {},
  'camera.enable': { camera: 'front' },
  'camera.disable': { camera: 'front' },
  inhibit: { reason: 'driving', ttl: 1 },
  restart: {},
};
const transaction = fc.integer({ min: 0, max: 30 }).map((n) => `t${n}`);
const rightCommand = fc.tuple(fc.constantFrom(...verbs), transaction).map(([of, id]) => ({
  verb: of as string,
  text: JSON.stringify({ ...right[of], transaction: id }),
}));

/** Right ones, right ones with a few bytes changed, and nonsense. */
const command = fc
  .oneof(
    rightCommand,
    fc.record({ verb, text: fields.map((all) => JSON.stringify(all)) }),
    fc.record({ verb, text: fc.string({ unit: 'binary', maxLength: 60 }) }),
  )
  .chain((made) =>
    fc.record({
      way: fc.constantFrom('mqtt' as const, 'socket' as const),
      verb: fc.constant(made.verb),
      payload: fc
        .oneof(
          { weight: 2, arbitrary: fc.constant<[number, number][]>([]) },
          { weight: 1, arbitrary: fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }) },
        )
        .map((edits) => {
          const bytes = Buffer.from(made.text);
          for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          return bytes;
        }),
    }),
  );

const isOver = ({ state }: Ack): boolean => ['done', 'failed', 'expired'].includes(state);

/** Of up to 40 commands each; `npm run proof` makes many more. */
const RUNS = 500;

it('answers every command with one end, and acts only on those that it accepted', async () => {
  let [acted, commands] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), async (all) => {
      const desk = createDesk();
      const answers = all.map((each) => {
        const isSocket = each.way === 'socket';
        const acks = desk.say(each.way, isSocket ? null : each.verb, each.payload);
        for (const end of desk.waiting.splice(0)) end();
        return acks;
      });
      await new Promise((resolve) => setImmediate(resolve));
      // The same transaction while the first is under way hears of the same one.
      const accepted = answers.flatMap((acks, index) =>
        acks[0]?.state === 'accepted' ? ([[`${all[index]?.way} ${acks[0].transaction}`, acks]] as const) : [],
      );
      const acting = [...new Map(accepted).values()];
      for (const acks of answers) {
        expect(acks.filter(isOver)).toHaveLength(1);
        expect(isOver(acks.at(-1) as Ack)).toBe(true);
        for (const { state, code, reason, result } of acks) {
          expect(code !== null && reason !== null && reason.length > 0).toBe(state === 'failed' || state === 'expired');
          expect(result !== null).toBe(state === 'done');
        }
      }
      // Each handler that changes something writes one line, but for the two that fail on purpose.
      const refusing = acting.filter((acks) => ['not-settable', 'bug'].includes(acks.at(-1)?.code ?? ''));
      expect(desk.done).toHaveLength(acting.length - refusing.length);
      acted += acting.length;
      commands += all.length;
    }),
    { numRuns: RUNS },
  );
  expect(commands).toBeGreaterThan(RUNS);
  expect(acted).toBeGreaterThan(commands / 50);
});
