import { types } from 'node:util';
import type { ErrorFacts } from '../errors.js';
import type { PictureFormat, View } from '../frame.js';
import type { RunnerSpec } from './runner.js';

/**
 * What the daemon and a runner process say to each other, through node's IPC channel with v8 serialization; the
 * bytes of frames go through the frame memory beside it. One frame in flight bounds what can queue.
 * Whoever receives anything else is talking to a broken process: a malformed message is the end of the runner.
 */
export type ToRunner = StartMessage | FrameMessage;
export type FromRunner = ReadyMessage | RefusedMessage | AnswerMessage | CorruptMessage;

interface StartMessage {
  readonly type: 'start';
  readonly spec: RunnerSpec;
}

export interface FrameMessage {
  readonly type: 'frame';
  readonly id: number;
  readonly format: PictureFormat;
  readonly views: readonly View[];
  /** How many of them lie in the frame memory. */
  readonly bytes: number;
}

export interface ReadyMessage {
  readonly type: 'ready';
  readonly runtime: string;
  readonly providersCompiledIn: readonly string[];
  readonly providerActual: string;
  readonly providerReason: string | null;
  readonly loadMs: number;
  readonly warmUpMs: number;
}

/** The model could not be loaded; the process ends after it. */
interface RefusedMessage {
  readonly type: 'refused';
  readonly code: string;
  readonly message: string;
  readonly facts: ErrorFacts;
}

interface AnswerMessage {
  readonly type: 'answer';
  readonly id: number;
  /** Of the decoded picture, before rotation. */
  readonly picture: { readonly width: number; readonly height: number };
  /** In the order of the frame's views. */
  readonly regions: readonly RegionAnswer[];
}

export interface RegionAnswer {
  readonly logits: Float32Array;
  readonly prepareMs: number;
  readonly networkMs: number;
}

/** This picture can't be decoded; the runner lives on. */
interface CorruptMessage {
  readonly type: 'corrupt';
  readonly id: number;
  readonly message: string;
}

/** null: malformed. */
export function readToRunner(raw: unknown): ToRunner | null {
  if (!isRecord(raw)) return null;
  switch (raw.type) {
    case 'start':
      return isRecord(raw.spec) ? (raw as unknown as StartMessage) : null;
    case 'frame':
      return isCount(raw.id) && isRecord(raw.format) && Array.isArray(raw.views) && isCount(raw.bytes)
        ? (raw as unknown as FrameMessage)
        : null;
    default:
      return null;
  }
}

/** null: malformed. */
export function readFromRunner(raw: unknown, classes: number): FromRunner | null {
  if (!isRecord(raw)) return null;
  switch (raw.type) {
    case 'ready':
      return isReady(raw) ? (raw as unknown as ReadyMessage) : null;
    case 'refused':
      return isText(raw.code) && isText(raw.message) && isRecord(raw.facts) ? (raw as unknown as RefusedMessage) : null;
    case 'answer':
      return isAnswer(raw, classes) ? (raw as unknown as AnswerMessage) : null;
    case 'corrupt':
      return isCount(raw.id) && isText(raw.message) ? (raw as unknown as CorruptMessage) : null;
    default:
      return null;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isReady(raw: Fields): boolean {
  const compiledIn = raw.providersCompiledIn;
  return (
    isText(raw.runtime) &&
    Array.isArray(compiledIn) &&
    compiledIn.every(isText) &&
    isText(raw.providerActual) &&
    (raw.providerReason === null || isText(raw.providerReason)) &&
    isDuration(raw.loadMs) &&
    isDuration(raw.warmUpMs)
  );
}

function isAnswer(raw: Fields, classes: number): boolean {
  const { id, picture, regions } = raw;
  return (
    isCount(id) &&
    isRecord(picture) &&
    isCount(picture.width) &&
    isCount(picture.height) &&
    Array.isArray(regions) &&
    regions.every(
      (region) =>
        isRecord(region) &&
        types.isFloat32Array(region.logits) &&
        region.logits.length === classes &&
        isDuration(region.prepareMs) &&
        isDuration(region.networkMs),
    )
  );
}

const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isDuration = (value: unknown): value is number => Number.isFinite(value) && (value as number) >= 0;
