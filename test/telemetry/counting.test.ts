import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCertificates } from '../../src/telemetry/certificates.js';
import { Days } from '../../src/telemetry/days.js';
import { DurationHistogram, StageLatency } from '../../src/telemetry/latency.js';
import { fakeRoot } from './fake-root.js';

describe('latency', () => {
  it('is the nearest rank, to within 1 %', () => {
    const durations = fc.array(fc.double({ min: 0.001, max: 500_000, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(durations, (values) => {
        const histogram = new DurationHistogram();
        for (const value of values) histogram.add(value);
        const sorted = [...values].sort((a, b) => a - b);
        const said = histogram.percentiles();
        for (const [share, found] of [
          [0.5, said?.p50],
          [0.95, said?.p95],
          [0.99, said?.p99],
        ] as const) {
          const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
          expect(Math.abs((found ?? Number.NaN) - exact) / exact).toBeLessThan(0.011);
        }
      }),
    );
  });

  it.each([
    ['nothing', 0, 0.00101],
    ['an hour', 3_600_000, 600_000],
  ])('keeps %s inside its bounds', (_what, value, expected) => {
    const histogram = new DurationHistogram();
    histogram.add(value);
    expect((histogram.percentiles()?.p50 ?? 0) / expected).toBeCloseTo(1, 1);
  });

  it('begins anew after it was taken', () => {
    const latency = new StageLatency();
    const durations = { waitMs: 1, transferMs: 2, prepareMs: 3, networkMs: 40, decodeMs: 0.5, totalMs: 46.5 };
    latency.add(durations);
    const first = latency.take();
    expect(first?.network.p99).toBeCloseTo(40, 0);
    expect(first?.decode.p50).toBeCloseTo(0.5, 1);
    expect(latency.take()).toBeNull();
    latency.add({ ...durations, networkMs: 80 });
    expect(latency.take()?.network.p50).toBeCloseTo(80, -1);
  });
});

describe('the days', () => {
  const noon = Date.UTC(2026, 10, 24, 12);
  const dayMs = 86_400_000;

  it('count classes and mean margin, and keep yesterday', () => {
    const days = new Days();
    days.add('left', 0.5, noon);
    days.add('left', 0.7, noon + 1);
    days.add('unknown', 0.1, noon + 2);
    const today = {
      day: '2026-11-24',
      results: 3,
      marginMean: expect.closeTo(1.3 / 3),
      classes: [
        { classId: 'left', results: 2 },
        { classId: 'unknown', results: 1 },
      ],
      otherResults: 0,
    };
    expect(days.facts(noon + 3)).toEqual({ today, yesterday: null });
    const next = days.facts(noon + dayMs);
    expect(next).toEqual({ today: expect.objectContaining({ day: '2026-11-25', results: 0 }), yesterday: today });
  });

  it.each([
    ['an hour back over midnight is the same day', noon + dayMs / 2 + 1, noon + dayMs / 2 - 1, '2026-11-25', null],
    ['a clock that was never set makes no yesterday', 0, noon, '2026-11-24', null],
    ['a clock that ran a year ahead is believed no longer', noon + 365 * dayMs, noon, '2026-11-24', null],
    ['the day before is yesterday', noon - dayMs, noon, '2026-11-24', '2026-11-23'],
  ])('%s', (_what, beforeMs, nowMs, today, yesterday) => {
    const days = new Days();
    days.add('left', 0.5, beforeMs);
    const facts = days.facts(nowMs);
    expect([facts.today.day, facts.yesterday?.day ?? null]).toEqual([today, yesterday]);
  });

  it('show the 20 most frequent classes and how many the others were', () => {
    const days = new Days();
    for (let index = 0; index < 25; index++) for (let n = 0; n <= index; n++) days.add(`class-${index}`, 1, noon);
    const { classes, otherResults, results } = days.facts(noon).today;
    expect(classes[0]).toEqual({ classId: 'class-24', results: 25 });
    expect(classes).toHaveLength(20);
    expect(otherResults).toBe(1 + 2 + 3 + 4 + 5);
    expect(results).toBe(325);
  });

  it('stay small whatever the networks call their classes', () => {
    const days = new Days();
    for (let index = 0; index < 10_000; index++) days.add(`class-${index}`, 1, noon);
    expect(days.facts(noon).today).toMatchObject({ results: 10_000, otherResults: 9980 });
  });
});

describe('certificates', () => {
  const create = (path: string, days: number): void => {
    const args = ['-days', `${days}`, '-subj', '/CN=test', '-keyout', `${path}.key`, '-out', path];
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      ...args,
    ]);
    expect(made.status, String(made.stderr)).toBe(0);
  };

  it('end when the first of a file ends, and are read again when it changes', async () => {
    const { path: folder } = fakeRoot();
    const path = join(folder, 'ca.pem');
    create(path, 100);
    create(join(folder, 'second.pem'), 10);
    const first = Date.parse(new X509Certificate(readFileSync(path)).validTo);
    const read = createCertificates([
      { certificate: 'ca', path },
      { certificate: 'cert', path: join(folder, 'no-such.pem') },
    ]);
    const gone = { certificate: 'cert', expiresMs: { unknown: 'absent' } };
    expect(await read()).toEqual([{ certificate: 'ca', expiresMs: first }, gone]);
    writeFileSync(path, `${readFileSync(path, 'utf8')}${readFileSync(join(folder, 'second.pem'), 'utf8')}`);
    utimesSync(path, 1, 1);
    const [both] = await read();
    expect(first - Number(both?.expiresMs)).toBeGreaterThan(80 * 86_400_000);
    writeFileSync(path, 'no certificate');
    utimesSync(path, 2, 2);
    expect(await read()).toEqual([{ certificate: 'ca', expiresMs: { unknown: 'unreadable' } }, gone]);
  });
});
