import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONDITIONS, type ConditionId, type ConditionKind } from '../../src/health/conditions.js';
import { type Condition, ConditionRegistry } from '../../src/health/registry.js';
import { FakeClock } from '../fakes/clock.js';

function watched() {
  const clock = new FakeClock();
  const registry = new ConditionRegistry(clock);
  const told: [string, string | null, boolean][] = [];
  const conditions: Condition[] = [];
  registry.onChange((condition, active) => {
    told.push([condition.id, condition.subject, active]);
    conditions.push(condition);
  });
  return { clock, registry, told, conditions };
}

describe('conditions', () => {
  it('are told once when raised and once when cleared', () => {
    const { registry, told, conditions } = watched();
    registry.raise('camera-offline', 'front', { reason: 'no such device' });
    registry.raise('camera-offline', 'front', { reason: 'still no such device' });
    registry.raise('camera-offline', 'rear');
    registry.clear('camera-offline', 'front');
    registry.clear('camera-offline', 'front');
    expect(told).toEqual([
      ['camera-offline', 'front', true],
      ['camera-offline', 'rear', true],
      ['camera-offline', 'front', false],
    ]);
    expect(conditions[2]).toMatchObject({
      alertId: conditions[0]?.alertId,
      references: { camera: 'front', reason: 'still no such device' },
    });
    registry.raise('camera-offline', 'front');
    expect(conditions[3]?.alertId).not.toBe(conditions[0]?.alertId);
  });

  it('show the worst first, then the oldest, with the time of their beginning', () => {
    const { registry, clock } = watched();
    const start = clock.monotonicNs();
    registry.raise('broker-offline');
    clock.advanceMs(10);
    registry.raise('clock-unsynchronized');
    registry.raise('runner-failing', 'main');
    clock.advanceMs(10);
    registry.raise('broker-offline', null, { reason: 'again' });
    expect(registry.snapshot().map(({ id }) => id)).toEqual([
      'runner-failing',
      'broker-offline',
      'clock-unsynchronized',
    ]);
    expect(registry.snapshot()[1]).toMatchObject({ sinceNs: start, references: { reason: 'again' } });
  });

  it('stop being told to who has left', () => {
    const registry = new ConditionRegistry(new FakeClock());
    let calls = 0;
    const leave = registry.onChange(() => calls++);
    leave();
    registry.raise('broker-offline');
    expect(calls).toBe(0);
    expect(registry.isRaised('broker-offline')).toBe(true);
  });

  it('raise and clear in turn, whatever happens', () => {
    const ids = Object.keys(CONDITIONS) as ConditionId[];
    const step = fc.tuple(fc.boolean(), fc.constantFrom(...ids), fc.constantFrom(null, 'a', 'b'));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { registry, told } = watched();
        for (const [raise, id, subject] of steps) registry[raise ? 'raise' : 'clear'](id, subject);
        const active = new Set<string>();
        for (const [id, subject, isActive] of told) {
          const key = `${id} ${subject}`;
          expect(active.has(key)).toBe(!isActive);
          if (isActive) active.add(key);
          else active.delete(key);
        }
        expect(new Set(registry.snapshot().map(({ id, subject }) => `${id} ${subject}`))).toEqual(active);
      }),
    );
  });

  it('are all documented, as they are', () => {
    const text = readFileSync(new URL('../../docs/conditions.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)].map(([, id, rest]) => [
      id,
      ...(rest ?? '').split(' | '),
    ]);
    const table = Object.entries<ConditionKind>(CONDITIONS).map(([id, kind]) => [
      id,
      kind.level,
      kind.about,
      kind.description,
      kind.hint,
    ]);
    expect(rows).toEqual(table);
  });
});
