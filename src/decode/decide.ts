/**
 * From the raw outputs of the network to what the daemon says it saw. Pure but for the smoothing state, and clock-free:
 * times come in with each call. Cheap enough for every frame; test it with made-up logits and times.
 */
import type { FrameResult } from '../result.js';
import { classify } from './classify.js';
import { Hold, UNKNOWN } from './hold.js';

interface ClassRules {
  readonly minScore?: number | null | undefined;
  readonly minMargin?: number | null | undefined;
  readonly holdMs?: number | null | undefined;
  readonly releaseMs?: number | null | undefined;
}

export interface DecisionRules extends ClassRules {
  /** By class, over the rules above. */
  readonly classes?: Readonly<Record<string, ClassRules>> | undefined;
}

export type Decision = Pick<FrameResult, 'top' | 'classId' | 'score' | 'margin' | 'held' | 'change'>;

export interface Decider {
  /** `capturedNs`: when the frame was taken. `nowNs`: when the scores were there. */
  decide(logits: Float32Array, labels: readonly string[], capturedNs: bigint, nowNs: bigint): Decision;
}

/** One for each region of each camera. */
export function createDecider(rules: DecisionRules): Decider {
  const ruleOf = (classId: string, name: keyof ClassRules): number =>
    rules.classes?.[classId]?.[name] ?? rules[name] ?? 0;
  const hold = new Hold({
    holdMs: (classId) => ruleOf(classId, 'holdMs'),
    releaseMs: (classId) => ruleOf(classId, 'releaseMs'),
  });
  return {
    decide(logits, labels, capturedNs, nowNs) {
      const { top, margin } = classify(logits, labels);
      const best = top[0];
      const sure =
        best !== undefined &&
        best.score >= ruleOf(best.classId, 'minScore') &&
        margin >= ruleOf(best.classId, 'minMargin');
      const classId = sure ? best.classId : UNKNOWN;
      const score = best?.score ?? 0;
      return { top, classId, score, margin, ...hold.see({ classId, score, capturedNs, nowNs }) };
    },
  };
}
