/**
 * Checkpoint names. Ours are timm's; the authors' names are translated, following timm's checkpoint_filter_fn.
 */
export type Naming = 'timm' | 'official';

export function namingOf(names: Iterable<string>): Naming {
  for (const name of names) if (name.startsWith('downsample_layers.')) return 'official';
  return 'timm';
}

const TRANSLATIONS: readonly (readonly [RegExp, string])[] = [
  [/^downsample_layers\.0\./, 'stem.'],
  [/^downsample_layers\.(\d+)\./, 'stages.$1.downsample.'],
  [/^stages\.(\d+)\.(\d+)\./, 'stages.$1.blocks.$2.'],
  [/\.dwconv\./, '.conv_dw.'],
  [/\.pwconv(\d)\./, '.mlp.fc$1.'],
  [/^head\./, 'head.fc.'],
  [/^norm\./, 'head.norm.'],
];

/** The timm name of a tensor that the authors' code named. */
export function timmNameOf(official: string): string {
  return TRANSLATIONS.reduce((name, [pattern, replacement]) => name.replace(pattern, replacement), official);
}

/** Back again, so that errors can name tensors as the file does. */
export function officialNameOf(timm: string): string {
  return timm
    .replace(/^stem\./, 'downsample_layers.0.')
    .replace(/^stages\.(\d+)\.downsample\./, 'downsample_layers.$1.')
    .replace(/^stages\.(\d+)\.blocks\.(\d+)\./, 'stages.$1.$2.')
    .replace(/\.conv_dw\./, '.dwconv.')
    .replace(/\.mlp\.fc(\d)\./, '.pwconv$1.')
    .replace(/^head\.norm\./, 'norm.')
    .replace(/^head\.fc\./, 'head.');
}
