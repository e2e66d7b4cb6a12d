import { describe, expect, it } from 'vitest';
import { buildTelemetry } from '../../src/publish/build-telemetry.js';
import { contextNow } from './sample.js';
import { telemetryFacts } from './telemetry-facts.js';

const wallMs = Date.UTC(2026, 10, 24, 8, 0, 0, 250);
const message = buildTelemetry({ ...contextNow(), now: { monotonicNs: 0n, wallMs } }, telemetryFacts);

describe('telemetry', () => {
  it('has figures as numbers of three decimals', () => {
    expect(message).toMatchObject({ intervalS: 30, cpuBusyPct: 41.268, socTempC: 61.2, throttled: false });
    expect(message.cameras[0]?.latencyMs?.wait).toEqual({ p50: 1.235, p95: 2, p99: 3 });
    expect(message.cameras[0]?.today.marginMean).toBe(0.123457);
    expect(message.cameras[1]?.yesterday?.marginMean).toBeNull();
    expect(message.certificates[0]).toEqual({ certificate: 'ca', expires: '2026-12-24T08:00:00.250Z', daysLeft: 30 });
  });

  it('names every figure that is not known, with its reason, and no other', () => {
    const reasons = Object.fromEntries(message.unknown.map(({ field, reason }) => [field, reason]));
    expect(reasons).toEqual({
      cpuPressurePct: 'absent',
      diskWrittenMBPerDay: 'not-yet',
      ownWrittenMBPerDay: 'not-yet',
      powerW: 'absent',
      energyJ: 'absent',
      energyPerFrameJ: 'absent',
      gpuLoadPct: 'absent',
      gpuMHz: 'absent',
      'temperatures.cv0-thermal.tempC': 'power-gated',
      'rails.VDD_IN.currentMA': 'denied',
      'fans.pwmfan.speedRpm': 'absent',
      'processes.daemon.cpuPct': 'not-yet',
      'processes.runner.main.memoryMB': 'absent',
      'certificates.cert': 'denied',
    });
    expect(message).toMatchObject({ powerW: null, certificates: [{}, { expires: null, daysLeft: null }] });
  });
});
