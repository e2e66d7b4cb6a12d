import type { z } from 'zod';
import { type Manifest, manifestSchema } from './manifest.js';

export type CheckedManifest =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Parses a manifest and checks what its parts say about each other. Lists every problem at once. */
export function checkManifest(value: unknown): CheckedManifest {
  const parsed = manifestSchema.safeParse(value, { reportInput: true });
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.map(describeIssue) };
  const problems = contradictions(parsed.data);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, manifest: parsed.data };
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.join('.') || 'the manifest';
  const received = issue.code === 'unrecognized_keys' ? '' : `, received ${JSON.stringify(issue.input)?.slice(0, 80)}`;
  return `${place}: ${issue.message}${received}`;
}

function contradictions(manifest: Manifest): string[] {
  const files = new Set(manifest.files.map(({ path }) => path));
  const problems: string[] = [];
  const needFile = (path: string, place: string) => {
    if (!files.has(path)) problems.push(`${place}: ${path} is not among "files"`);
  };
  const needUnique = (values: readonly string[], place: string) => {
    const twice = values.filter((value, index) => values.indexOf(value) !== index);
    if (twice.length > 0) problems.push(`${place}: ${[...new Set(twice)].join(', ')} more than once`);
  };
  needUnique(manifest.labels, 'labels');
  needUnique(
    manifest.files.map(({ path }) => path),
    'files',
  );
  needUnique(
    manifest.rungs.map(({ id }) => id),
    'rungs',
  );
  for (const rung of manifest.rungs) {
    needUnique(
      rung.graphs.map(({ id }) => id),
      `graphs of rung ${rung.id}`,
    );
    for (const graph of rung.graphs)
      for (const path of [graph.file, ...graph.weights]) needFile(path, `graph ${rung.id}/${graph.id}`);
  }
  const rungIds = new Set(manifest.rungs.map(({ id }) => id));
  for (const { file, label, scores } of manifest.golden) {
    needFile(file, 'golden');
    if (!manifest.labels.includes(label)) problems.push(`golden ${file}: label "${label}" is not among "labels"`);
    for (const [rung, values] of Object.entries(scores)) {
      if (!rungIds.has(rung)) problems.push(`golden ${file}: there is no rung ${rung}`);
      if (values.length !== manifest.labels.length)
        problems.push(`golden ${file}: ${values.length} scores for ${manifest.labels.length} labels`);
    }
  }
  return problems;
}
