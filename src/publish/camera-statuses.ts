import type { FrameResult } from '../result.js';
import type { HeldFacts, StatusFacts } from './build-health.js';

/** What the daemon knows of a camera, apart from what it sees. */
export interface CameraFacts {
  readonly camera: string;
  readonly online: boolean;
  readonly fps: number | null;
  readonly reason: string | null;
}

/** Retained messages are for what changed: a drifting score or rate is renewed no more often than this. */
const RENEW_NS = 30_000_000_000n;
const SCORE_MOVED = 0.1;
const FPS_MOVED = 0.2;

interface Entry {
  facts: CameraFacts;
  /** By region; null is the whole picture. */
  readonly held: Map<string | null, HeldFacts>;
  published: StatusFacts | null;
  publishedNs: bigint;
}

/** Keeps each camera's `status` and says when it has changed enough to be published. */
export class CameraStatuses {
  readonly #entries = new Map<string, Entry>();

  /** The status to publish, or null. A late result of a camera that went offline says nothing about now. */
  result({ camera, region, held }: FrameResult, nowNs: bigint): StatusFacts | null {
    const entry = this.#entries.get(camera);
    if (!entry?.facts.online) return null;
    entry.held.set(region, held);
    return news(entry, nowNs);
  }

  /** The same for what the daemon knows of the camera. */
  camera(facts: CameraFacts, nowNs: bigint): StatusFacts | null {
    const entry = this.#entries.get(facts.camera) ?? { facts, held: new Map(), published: null, publishedNs: 0n };
    this.#entries.set(facts.camera, entry);
    entry.facts = facts;
    if (!facts.online) entry.held.clear();
    return news(entry, nowNs);
  }
}

function news(entry: Entry, nowNs: bigint): StatusFacts | null {
  const status = statusOf(entry);
  const { published, publishedNs } = entry;
  const isNews =
    published === null ||
    hasChanged(published, status) ||
    (nowNs - publishedNs >= RENEW_NS && hasDrifted(published, status));
  if (!isNews) return null;
  entry.published = status;
  entry.publishedNs = nowNs;
  return status;
}

function statusOf({ facts, held }: Entry): StatusFacts {
  const regions = [...held].flatMap(([region, what]) => (region === null ? [] : [{ ...what, region }]));
  return { ...facts, held: held.get(null) ?? regions[0] ?? null, regions };
}

function hasChanged(before: StatusFacts, now: StatusFacts): boolean {
  return (
    before.online !== now.online ||
    before.reason !== now.reason ||
    (before.fps === null) !== (now.fps === null) ||
    before.held?.classId !== now.held?.classId ||
    before.regions.length !== now.regions.length ||
    before.regions.some(({ classId }, index) => classId !== now.regions[index]?.classId)
  );
}

function hasDrifted(before: StatusFacts, now: StatusFacts): boolean {
  const scoreMoved = Math.abs((before.held?.score ?? 0) - (now.held?.score ?? 0));
  const fpsMoved = Math.abs((before.fps ?? 0) - (now.fps ?? 0));
  return scoreMoved >= SCORE_MOVED || fpsMoved > FPS_MOVED * (before.fps ?? 0);
}
