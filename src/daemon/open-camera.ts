import type { Camera } from '../capture/camera.js';
import { type CameraTools, createCamera } from '../capture/managed-camera.js';
import { openSource, type SourceTools } from '../capture/sources.js';
import type { CameraConfig } from '../config/schema.js';
import { createDecider, type DecisionRules } from '../decode/decide.js';
import type { View } from '../frame.js';
import { createRateGate } from '../governor/gate.js';
import type { RegionView } from '../infer/runner.js';
import type { LoopCamera } from '../loop.js';
import { captureSizeFor } from '../model/capture-size.js';
import type { Manifest } from '../model/manifest.js';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** One camera, ready to start, with its place in the loop. */
export interface OpenedCamera extends LoopCamera {
  readonly camera: Camera;
  readonly regions: readonly (RegionView & LoopCamera['regions'][number])[];
  readonly captureSize: Size;
}

/**
 * Throws a configuration error that names what is wrong in the camera's URL. What the configuration leaves open is the
 * model's business: its fit, its thresholds, its largest input as the capture size.
 */
export function openCamera(
  id: string,
  config: CameraConfig,
  manifest: Manifest,
  tools: CameraTools & SourceTools,
): OpenedCamera {
  const captureSize = config.capture ?? captureSizeFor(manifest);
  const request = { camera: id, url: config.source, ...captureSize, fps: config.fps };
  const rules = rulesOf(config, manifest);
  return {
    camera: createCamera({ id, maxAgeMs: config.maxAgeMs }, openSource(request, tools), tools),
    gate: createRateGate(config.fps),
    regions: viewsOf(config, manifest).map((each) => ({ ...each, decider: createDecider(rules) })),
    validForMs: config.validForMs,
    captureSize,
  };
}

/** The whole picture, or each named region. */
function viewsOf(config: CameraConfig, { input }: Manifest): RegionView[] {
  const whole: View = { rotate: config.rotate, fit: config.fit ?? input.fit, cropPct: input.cropPct, region: null };
  const named = Object.entries(config.regions);
  if (named.length === 0) return [{ name: null, view: whole }];
  return named.map(([name, region]) => ({ name, view: { ...whole, region } }));
}

function rulesOf({ decide }: CameraConfig, { thresholds, smoothing }: Manifest): DecisionRules {
  return {
    minScore: decide.minScore ?? thresholds?.minScore,
    minMargin: decide.minMargin ?? thresholds?.minMargin,
    holdMs: decide.holdMs ?? smoothing?.holdMs,
    releaseMs: decide.releaseMs ?? smoothing?.releaseMs,
    classes: decide.classes,
  };
}
