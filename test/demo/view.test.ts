import { describe, expect, it } from 'vitest';
import { createViewModel } from '../../deploy/demo/view-model.js';
import { lineOf, rowsOf } from '../../deploy/demo/view-text.js';

const base = 'edgenext/v1/demo/rover';
const facts = { source: 'rendered', watch: 'mosquitto_sub …', logFile: '/tmp/log' };

const result = (frameSeq: number, networkMs = 4) => ({
  camera: 'front',
  slot: 'main',
  frameSeq,
  captureMonotonicNs: String(frameSeq * 50_000_000),
  class_id: 'left',
  score: 0.75,
  results: [
    { class_id: 'left', score: 0.75 },
    { class_id: 'straight', score: 0.2 },
    { class_id: 'hard_left', score: 0.05 },
  ],
  model: { name: 'rover', version: '1.0.0', digest: '', rung: 'xx_small-64', graph: 'float32' },
  durations: { waitMs: 0.2, transferMs: 0.5, prepareMs: 1, networkMs, decodeMs: 0.1, totalMs: 6 },
});
const arrival = (frameSeq: number) => BigInt(frameSeq) * 50_000_000n + 7_000_000n;

function watched() {
  const model = createViewModel(base, 'rover/state');
  for (let n = 1; n <= 100; n++) model.take(`${base}/result/front`, result(n, n <= 90 ? 4 : 9), arrival(n));
  return model;
}

describe('the live view', () => {
  it('says what it is waiting for before the first message', () => {
    const picture = createViewModel(base, 'rover/state').picture();
    const text = rowsOf(picture, facts)
      .map((row) => row.join(' '))
      .join('\n');
    expect(text).toMatch(/camera rendered, starting/);
    expect(text).toMatch(/sees nothing yet/);
    expect(lineOf(picture)).toMatch(/0 results/);
  });

  it('shows what is seen, how late, and by which graph', () => {
    const rows = new Map(rowsOf(watched().picture(), facts));
    expect(rows.get('sees')).toMatch(/^left .*0\.75 .*straight 0\.20, hard_left 0\.05/);
    expect(rows.get('latency')).toMatch(/p50 7\.0 ms, p95 7\.0 ms/);
    expect(rows.get('by stage')).toMatch(/network 4\.0\/9\.0/);
    expect(rows.get('graph')).toBe('float32 of rover 1.0.0, xx_small-64');
    expect(rows.has('rover')).toBe(false);
  });

  it('shows where frames ended, without the fates that no frame had', () => {
    const model = watched();
    const frames = {
      done: 120,
      replaced: 3,
      tooOld: 0,
      corrupt: 0,
      runnerFailed: 0,
      deadline: 0,
      noModel: 7,
      stopped: 0,
    };
    model.take(`${base}/state`, { cameras: [{ camera: 'front', frames }] }, 0n);
    expect(new Map(rowsOf(model.picture(), facts)).get('frames')).toBe('done 120, replaced 3, noModel 7');
  });

  it('shows why a camera is offline', () => {
    const model = watched();
    model.take(`${base}/status/front`, { camera: 'front', online: false, fps: null, reason: 'no such device' }, 0n);
    expect(new Map(rowsOf(model.picture(), facts)).get('camera')).toMatch(/offline: no such device/);
  });

  it('shows how the rover does', () => {
    const model = watched();
    const world = { laps: 1.25, offsetM: -0.04, meanOffsetM: 0.02, maxOffsetM: 0.11, speedMps: 1.5, steeringRad: 0 };
    model.take('rover/state', { ...world, laneLeft: 0, stops: 2, rescues: 0 }, 0n);
    const text = new Map(rowsOf(model.picture(), facts)).get('rover');
    expect(text).toMatch(/1\.25 laps, 1\.5 m\/s, 4 cm right of the middle \(mean 2 cm, worst 11 cm\), stopped 2 times/);
  });

  it('leaves topics of others alone', () => {
    const model = createViewModel(base, 'rover/state');
    model.take('edgenext/v1/demo/other/result/front', result(1), 0n);
    model.take(`${base}/unheard-of`, {}, 0n);
    model.take(`${base}/result/front`, {}, 0n);
    model.take(`${base}/result/front`, null, 0n);
    expect(model.picture()).toMatchObject({ result: null, results: 0 });
  });
});
