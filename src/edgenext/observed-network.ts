import type { StateDict } from './state-dict.js';
import { type Architecture, MLP_RATIO } from './variants.js';

/**
 * What sets a checkpoint's network apart from the closest one we know, in the words of the paper: a list of tensors alone
 * doesn't tell its author that the widths are others. Empty where nothing of this differs.
 */
export function differencesFrom(architecture: Architecture, tensors: StateDict): string[] {
  const axis = (name: string, index: number): number | undefined => tensors.get(name)?.dims[index];
  const names = [...tensors.keys()];
  const stages = architecture.dims.map((_, stage) => stage);
  const widths = stages.map((stage) => axis(`stages.${stage}.blocks.0.norm.weight`, 0));
  const depths = stages.map(
    (stage) =>
      new Set(names.map((name) => new RegExp(`^stages\\.${stage}\\.blocks\\.(\\d+)\\.`).exec(name)?.[1])).size - 1,
  );
  const hidden = axis('stages.0.blocks.0.mlp.fc1.weight', 0);
  const ratio = hidden !== undefined && widths[0] ? hidden / widths[0] : undefined;
  const attention = names.find((name) => name.endsWith('.xca.temperature'));
  const observed: readonly (readonly [string, unknown, unknown])[] = [
    [
      'widths',
      widths.every((width) => width !== undefined) ? widths.join(', ') : undefined,
      architecture.dims.join(', '),
    ],
    ['blocks a stage', widths[0] ? depths.join(', ') : undefined, architecture.depths.join(', ')],
    ['MLP ratio', ratio, MLP_RATIO],
    ['attention heads', attention === undefined ? undefined : axis(attention, 0), architecture.heads],
  ];
  const differences = observed
    .filter(([, found, expected]) => found !== undefined && found !== expected)
    .map(([what, found, expected]) => `${what} ${found} (${architecture.variant}: ${expected})`);
  const head = names.filter((name) => name.startsWith('head.') && /weight$/.test(name));
  if (head.length > 0 && !head.includes('head.fc.weight')) differences.push('a classification head of its own');
  return differences;
}
