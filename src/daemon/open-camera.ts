import type { Camera } from '../capture/camera.js';
import { type CameraTools, createCamera } from '../capture/managed-camera.js';
import { openSource, type SourceTools } from '../capture/sources.js';
import { createSwitchedCamera } from '../capture/switched-camera.js';
import type { CameraConfig } from '../config/schema.js';
import { createDecider, type DecisionRules } from '../decode/decide.js';
import type { View } from '../frame.js';
import { createRateGate, type Gate } from '../governor/gate.js';
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
  /** Its settings changed from these; resolves when it follows. Thresholds need nothing: each decision reads them. */
  follow(before: CameraConfig): Promise<void>;
}

/**
 * Throws a configuration error that names what is wrong in the camera's URL. What the configuration leaves open is the
 * model's business: its fit, its thresholds, its largest input as the capture size. `settings` are asked again and again:
 * some of them change while the camera runs.
 */
export function openCamera(
  id: string,
  settings: () => CameraConfig,
  manifest: Manifest,
  tools: CameraTools & SourceTools,
): OpenedCamera {
  const config = settings();
  const captureSize = config.capture ?? captureSizeFor(manifest);
  const make = () => {
    const request = { camera: id, url: config.source, ...captureSize, fps: settings().fps };
    return createCamera({ id, maxAgeMs: config.maxAgeMs }, openSource(request, tools), tools);
  };
  const camera = createSwitchedCamera({ id, make, isOn: config.enabled, clock: tools.clock });
  const rules = rulesOf(settings, manifest);
  let rate = createRateGate(config.fps);
  const gate: Gate = { waitNs: (nowNs) => rate.waitNs(nowNs), taken: (nowNs) => rate.taken(nowNs) };
  return {
    camera,
    gate,
    regions: viewsOf(config, manifest).map((each) => ({ ...each, decider: createDecider(rules) })),
    validForMs: config.validForMs,
    captureSize,
    async follow(before) {
      const { enabled, fps } = settings();
      if (fps !== before.fps) rate = createRateGate(fps);
      if (enabled !== before.enabled) await camera.switch(enabled);
      // The source itself was asked for the old rate.
      else if (fps !== before.fps) await camera.restart();
    },
  };
}

/** The whole picture, or each named region. */
function viewsOf(config: CameraConfig, { input }: Manifest): RegionView[] {
  const whole: View = { rotate: config.rotate, fit: config.fit ?? input.fit, cropPct: input.cropPct, region: null };
  const named = Object.entries(config.regions);
  if (named.length === 0) return [{ name: null, view: whole }];
  return named.map(([name, region]) => ({ name, view: { ...whole, region } }));
}

function rulesOf(settings: () => CameraConfig, { thresholds, smoothing }: Manifest): DecisionRules {
  return {
    get minScore() {
      return settings().decide.minScore ?? thresholds?.minScore;
    },
    get minMargin() {
      return settings().decide.minMargin ?? thresholds?.minMargin;
    },
    get holdMs() {
      return settings().decide.holdMs ?? smoothing?.holdMs;
    },
    get releaseMs() {
      return settings().decide.releaseMs ?? smoothing?.releaseMs;
    },
    get classes() {
      return settings().decide.classes;
    },
  };
}
