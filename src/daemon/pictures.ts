import type { Clock } from '../clock.js';
import { createRepeatGate } from '../repeat-gate.js';
import type { FrameResult } from '../result.js';
import type { ModelHost } from './model-host.js';
import { type CameraEntry, sharesSeen } from './reports.js';

/** A producer may change the size of its pictures with every frame; each camera is told of this often at the most. */
const ANNOUNCE_EVERY_MS = 60_000;

/** Keeps the size of each camera's pictures; what is to be said about it, when it is another one; null when it is not. */
export function createPictureNotes(
  cameras: Map<string, CameraEntry>,
  hosts: ReadonlyMap<string, ModelHost>,
  clock: Clock,
) {
  const mayAnnounce = createRepeatGate(ANNOUNCE_EVERY_MS, clock);
  return ({ camera, slot, picture: { width, height } }: FrameResult) => {
    const entry = cameras.get(camera);
    if (entry?.opened == null) return null;
    if (entry.picture?.width === width && entry.picture.height === height) return null;
    if (!mayAnnounce(camera)) return null;
    const picture = { width, height };
    cameras.set(camera, { ...entry, picture });
    const input = hosts.get(slot)?.spec()?.input ?? null;
    return { camera, picture, input, shares: sharesSeen(entry.opened, picture, input) };
  };
}
