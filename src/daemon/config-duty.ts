import { type ConfigOutcome, keepLastGood } from '../config/last-good.js';
import { renderProblem } from '../config/problem.js';
import type { ConditionRegistry } from '../health/registry.js';
import type { Logger } from '../log.js';

/** Says what the daemon runs on, when that is not the file that it was given, and everything that is wrong with the file. */
export function sayConfig(outcome: ConfigOutcome, conditions: ConditionRegistry, log: Logger): void {
  const problems = outcome.problems.map(renderProblem);
  for (const problem of problems) log.error({ problem }, 'bad configuration');
  const facts = { problems: problems.length, first: problems[0] ?? '' };
  if (outcome.source === 'last-good') conditions.raise('config-last-good', null, facts);
  if (outcome.source === 'minimal') conditions.raise('config-invalid', null, { ...facts, noCopy: outcome.noCopy });
  else for (const warning of outcome.loaded.warnings) log.warn({ warning: renderProblem(warning) }, 'configuration');
}

/** Stores the configuration as the last good copy, once the daemon has started on it. */
export async function keepConfig(
  file: string,
  outcome: ConfigOutcome,
  conditions: ConditionRegistry,
  log: Logger,
): Promise<void> {
  if (outcome.source !== 'file') return;
  const kept = await keepLastGood(file, outcome.loaded);
  if (kept.kept) return;
  log.warn(kept.reason);
  conditions.raise('state-dir-unwritable', null, { reason: kept.reason });
}
