import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { msToNs } from '../../src/clock.js';
import { createDecider, type Decision, type DecisionRules } from '../../src/decode/decide.js';

const labels = ['cat', 'dog', 'bus'];

/** Logits that give `classId` the probability `score`, the rest sharing what is left. */
function scoring(classId: string, score: number): Float32Array {
  const rest = (1 - score) / (labels.length - 1);
  return Float32Array.from(labels.map((label) => Math.log(label === classId ? score : rest)));
}

/** Runs a script of [captured at ms, class, score] and answers with every decision; scores arrive 10 ms after capture. */
function run(rules: DecisionRules, script: readonly (readonly [number, string, number?])[]): Decision[] {
  const decider = createDecider(rules);
  return script.map(([atMs, classId, score = 0.9]) =>
    decider.decide(scoring(classId, score), labels, msToNs(atMs), msToNs(atMs + 10)),
  );
}

const changesOf = (decisions: readonly Decision[]) => decisions.flatMap(({ change }) => (change ? [change] : []));

describe('a frame alone', () => {
  it.each<[string, DecisionRules, string, number, string]>([
    ['no rules', {}, 'cat', 0.4, 'cat'],
    ['score at the limit', { minScore: 0.6 }, 'cat', 0.6001, 'cat'],
    ['score below the limit', { minScore: 0.6 }, 'cat', 0.59, 'unknown'],
    ['margin too small', { minMargin: 0.3 }, 'cat', 0.5, 'unknown'],
    ['margin large enough', { minMargin: 0.3 }, 'cat', 0.6, 'cat'],
    ['a class of its own rule', { minScore: 0.9, classes: { dog: { minScore: 0.5 } } }, 'dog', 0.6, 'dog'],
    ['the others keep the common rule', { minScore: 0.9, classes: { dog: { minScore: 0.5 } } }, 'cat', 0.6, 'unknown'],
  ])('%s', (_name, rules, classId, score, expected) => {
    const [decision] = run(rules, [[0, classId, score]]);
    expect(decision?.classId).toBe(expected);
    expect(decision?.score).toBeCloseTo(score, 3);
  });
});

describe('smoothing', () => {
  it('changes at once without hold times, and says from what and for how long', () => {
    const changes = changesOf(
      run({}, [
        [0, 'cat'],
        [100, 'cat'],
        [200, 'dog'],
      ]),
    );
    expect(changes).toEqual([
      { from: null, to: 'cat', score: expect.closeTo(0.9, 3), decidedAfterMs: 10, previousDurationMs: null },
      { from: 'cat', to: 'dog', score: expect.closeTo(0.9, 3), decidedAfterMs: 10, previousDurationMs: 200 },
    ]);
  });

  it('holds a new class only when it was seen long enough, without another in between', () => {
    const rules = { holdMs: 200, releaseMs: 1000 };
    const flicker = run(rules, [
      [0, 'cat'],
      [100, 'dog'],
      [200, 'cat'],
      [300, 'dog'],
      [400, 'bus'],
      [500, 'dog'],
    ]);
    expect(flicker.map(({ held }) => held.classId)).toEqual(Array(6).fill('cat'));
    const steady = run(rules, [
      [0, 'cat'],
      [100, 'dog'],
      [200, 'dog'],
      [300, 'dog'],
    ]);
    expect(changesOf(steady).at(-1)).toMatchObject({ from: 'cat', to: 'dog', decidedAfterMs: 210 });
  });

  it('lets a held class go when it was not seen for its release time, though no other earned its place', () => {
    const decisions = run({ holdMs: 500, releaseMs: 300 }, [
      [0, 'cat'],
      [100, 'dog'],
      [200, 'bus'],
      [300, 'dog'],
    ]);
    expect(decisions.at(-1)?.held).toMatchObject({ classId: 'unknown', score: null });
    expect(changesOf(decisions).at(-1)).toMatchObject({ from: 'cat', to: 'unknown' });
  });

  it('keeps a class over a gap of unknown shorter than its release time', () => {
    const rules = { minScore: 0.5, releaseMs: 250 };
    const decisions = run(rules, [
      [0, 'cat'],
      [100, 'cat', 0.4],
      [200, 'cat', 0.4],
      [240, 'cat'],
      [500, 'cat', 0.4],
    ]);
    expect(decisions.map(({ held }) => held.classId)).toEqual(['cat', 'cat', 'cat', 'cat', 'unknown']);
  });

  it('means the same at every frame rate', () => {
    const changeTimes = [20, 50, 100].map((periodMs) => {
      const script = Array.from(
        { length: 2000 / periodMs },
        (_, i) => [i * periodMs, i * periodMs < 1000 ? 'cat' : 'dog'] as const,
      );
      const decisions = run({ holdMs: 300, releaseMs: 5000 }, script);
      return script[decisions.findIndex(({ change }) => change?.to === 'dog')]?.[0];
    });
    expect(changeTimes).toEqual([1300, 1300, 1300]);
  });

  it('never changes without saying so, and never says so without changing', () => {
    const step = fc.tuple(fc.integer({ min: 1, max: 400 }), fc.constantFrom(...labels), fc.constantFrom(0.4, 0.9));
    const rules = fc.record({ holdMs: fc.integer({ min: 0, max: 500 }), releaseMs: fc.integer({ min: 0, max: 500 }) });
    fc.assert(
      fc.property(rules, fc.array(step, { minLength: 1, maxLength: 60 }), (times, steps) => {
        let atMs = 0;
        const decisions = run(
          { minScore: 0.5, ...times },
          steps.map(([gapMs, classId, score]) => {
            atMs += gapMs;
            return [atMs, classId, score] as const;
          }),
        );
        let held: string | null = null;
        for (const decision of decisions) {
          expect(decision.change?.to ?? held).toBe(decision.held.classId);
          if (decision.change) expect(decision.change.from).toBe(held);
          held = decision.held.classId;
        }
      }),
    );
  });
});
