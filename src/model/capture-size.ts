import type { Manifest } from './manifest.js';

/**
 * The one size that a camera is captured in for a model: the largest input among its rungs; where the network sees a
 * middle crop, as much larger as the crop needs. Even, in pixels.
 */
export function captureSizeFor({ rungs, input }: Pick<Manifest, 'rungs' | 'input'>): { width: number; height: number } {
  const share = input.fit === 'crop' ? input.cropPct : 1;
  const largest = (side: 'width' | 'height'): number => {
    const pixels = Math.floor(Math.max(...rungs.map((rung) => rung[side])) / share);
    return pixels + (pixels % 2);
  };
  return { width: largest('width'), height: largest('height') };
}
