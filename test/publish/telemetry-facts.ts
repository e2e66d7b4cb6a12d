import { FRAME_FATES, type FrameFate } from '../../src/frame.js';
import type { TelemetryFacts } from '../../src/publish/build-telemetry.js';

const absent = { unknown: 'absent' };
const frames = Object.fromEntries(FRAME_FATES.map((fate, index) => [fate, index])) as Record<FrameFate, number>;
const percentiles = { p50: 1.23456, p95: 2, p99: 3 };

/** Of a board that knows little. */
export const telemetryFacts: TelemetryFacts = {
  sessionId: 'run',
  intervalS: 30.00049,
  board: {
    cpuBusyPct: 41.26789,
    cpuPressurePct: absent,
    load1: 0.42,
    memoryTotalMB: 3793,
    memoryAvailableMB: 2844,
    swapUsedMB: 0,
    diskTotalMB: 29_000,
    diskFreeMB: 21_000,
    diskWrittenMB: 0.5,
    diskWrittenMBPerDay: { unknown: 'not-yet' },
    ownWrittenMBPerDay: { unknown: 'not-yet' },
    receivedBytes: 1000,
    sentBytes: 2000,
    socTempC: 61.2,
    headroomC: 18.8,
    powerW: absent,
    energyJ: absent,
    energyPerFrameJ: absent,
    gpuLoadPct: absent,
    gpuMHz: absent,
  },
  powerKind: 'none',
  powerMeasures: null,
  powerErrorPct: null,
  powerMode: null,
  throttled: false,
  throttle: [
    {
      counter: 'undervoltage',
      reason: 'undervoltage',
      active: true,
      events: 1,
      eventsSinceStart: 2,
      eventsSinceBoot: 3,
    },
  ],
  temperatures: [
    { sensor: 'cpu-thermal', tempC: 61.2, passiveTripC: null },
    { sensor: 'cv0-thermal', tempC: { unknown: 'power-gated' }, passiveTripC: 99 },
  ],
  rails: [{ rail: 'VDD_IN', powerW: 5.1, voltageMV: 5000, currentMA: { unknown: 'denied' } }],
  clocks: [{ clock: 'policy0', frequencyMHz: 1500, capMHz: 1800, hardwareMaxMHz: 1800 }],
  fans: [{ fan: 'pwmfan', dutyPct: 49.8, speedRpm: absent }],
  processes: [
    { role: 'daemon', name: null, pid: 1, cpuPct: { unknown: 'not-yet' }, memoryMB: 80 },
    { role: 'runner', name: 'main', pid: 2, cpuPct: 101.2, memoryMB: { unknown: 'absent' } },
  ],
  cameras: [
    {
      camera: 'front',
      frames,
      framesTotal: frames,
      latencyMs: {
        wait: percentiles,
        transfer: percentiles,
        prepare: percentiles,
        network: percentiles,
        decode: percentiles,
        total: percentiles,
      },
      today: {
        day: '2026-11-24',
        results: 3,
        marginMean: 0.123456789,
        classes: [{ classId: 'left', results: 2 }],
        otherResults: 1,
      },
      yesterday: null,
    },
    {
      camera: 'rear',
      frames,
      framesTotal: frames,
      latencyMs: null,
      today: { day: '2026-11-24', results: 0, marginMean: 0, classes: [], otherResults: 0 },
      yesterday: { day: '2026-11-23', results: 0, marginMean: 0, classes: [], otherResults: 0 },
    },
  ],
  certificates: [
    { certificate: 'ca', expiresMs: Date.UTC(2026, 11, 24, 8, 0, 0, 250) },
    { certificate: 'cert', expiresMs: { unknown: 'denied' } },
  ],
};
