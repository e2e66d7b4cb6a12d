import { describe, expect, it } from 'vitest';
import type { CameraStatus } from '../../src/capture/camera.js';
import { IntervalWatch, raiseForCamera, raiseForModel, watchBroker, watchSlot } from '../../src/daemon/watch.js';
import { brokerError, modelError } from '../../src/errors.js';
import type { FrameFate } from '../../src/frame.js';
import { ConditionRegistry } from '../../src/health/registry.js';
import { silentLogger } from '../../src/log.js';
import { FakeCamera } from '../fakes/camera.js';
import { FakeClock } from '../fakes/clock.js';
import { fakeRunnerInfo } from '../fakes/slot.js';

const raised = (conditions: ConditionRegistry) => conditions.snapshot().map(({ id }) => id);

const status = (state: CameraStatus['state'], code: string | null = null): CameraStatus => ({
  state,
  code,
  reason: code,
  sinceNs: 0n,
  fps: null,
});

describe('a camera', () => {
  it.each([
    [status('starting'), []],
    [status('online'), []],
    [status('offline', 'source-missing'), ['camera-offline']],
    [status('offline', 'source-stalled'), ['camera-stalled']],
    [status('ended', 'source-ended'), ['camera-ended']],
  ])('in state %o has the conditions %o, whatever it had before', (now, expected) => {
    for (const before of [status('offline', 'x'), status('offline', 'source-stalled'), status('ended')]) {
      const conditions = new ConditionRegistry(new FakeClock());
      raiseForCamera('front', before, conditions);
      raiseForCamera('front', now, conditions);
      expect(raised(conditions)).toEqual(expected);
    }
  });
});

describe('the broker', () => {
  it('is offline, or refuses, or neither, never both', () => {
    const conditions = new ConditionRegistry(new FakeClock());
    let toldAgain = 0;
    const listener = watchBroker(conditions, () => {
      toldAgain++;
    });
    listener.offline(brokerError('broker-unreachable', 'no route'), 1000);
    expect(raised(conditions)).toEqual(['broker-offline']);
    listener.offline(brokerError('broker-auth', 'wrong password'), 60_000);
    expect(raised(conditions)).toEqual(['broker-refused']);
    listener.online(5);
    expect(raised(conditions)).toEqual([]);
    expect(toldAgain).toBe(1);
  });
});

describe('a slot', () => {
  it('says when its runner is not on the provider that was asked for', () => {
    const conditions = new ConditionRegistry(new FakeClock());
    const events = watchSlot('main', conditions, silentLogger);
    events.runnerReady({ ...fakeRunnerInfo, providersAsked: ['tensorrt', 'cpu'], providerReason: 'not compiled in' });
    expect(conditions.snapshot()[0]?.references).toMatchObject({ slot: 'main', reason: 'not compiled in' });
    events.runnerReady(fakeRunnerInfo);
    expect(raised(conditions)).toEqual([]);
  });

  it('is failing from the loss of its runner to the next one', () => {
    const conditions = new ConditionRegistry(new FakeClock());
    const events = watchSlot('main', conditions, silentLogger);
    events.runnerLost({ expected: false, code: null, signal: 'SIGKILL', stderrTail: '', reason: 'killed' }, 500);
    expect(raised(conditions)).toEqual(['runner-failing']);
    events.runnerReady(fakeRunnerInfo);
    expect(raised(conditions)).toEqual([]);
  });

  it('tells a package that can not be used from a process that does not start', () => {
    const conditions = new ConditionRegistry(new FakeClock());
    raiseForModel('main', modelError('package-corrupt', 'a file differs'), 1000, conditions);
    raiseForModel('other', modelError('runner-start-failed', 'killed'), 1000, conditions);
    expect(conditions.isRaised('model-missing', 'main')).toBe(true);
    expect(conditions.isRaised('runner-failing', 'other')).toBe(true);
  });
});

/** Looks twice, with the fates of the interval between, far enough apart. */
function interval(fates: readonly FrameFate[], dropped = 0): string[] {
  const conditions = new ConditionRegistry(new FakeClock());
  const watch = new IntervalWatch(conditions);
  const camera = new FakeCamera('front');
  const cameras = [{ camera, slot: 'main' }];
  const wallMs = Date.UTC(2026, 0, 1);
  watch.look({ cameras, dropped: { 'queue-full': 7 }, wallMs, nowNs: 0n });
  for (const fate of fates) camera.countFate(fate);
  watch.look({ cameras, dropped: { 'queue-full': 7 + dropped }, wallMs, nowNs: 60_000_000_000n });
  return raised(conditions).filter((id) => id !== 'results-dropped' || dropped > 0);
}

const times = (count: number, fate: FrameFate): FrameFate[] => Array<FrameFate>(count).fill(fate);

describe('an interval', () => {
  it.each<[string, readonly FrameFate[], string[]]>([
    ['all is well', [...times(95, 'done'), ...times(50, 'replaced'), ...times(5, 'corrupt')], []],
    ['many damaged frames', [...times(80, 'done'), ...times(20, 'corrupt')], ['camera-corrupt']],
    ['most frames too old', [...times(40, 'done'), ...times(60, 'tooOld')], ['frames-too-old']],
    ['one frame past its deadline', [...times(99, 'done'), 'deadline'], ['runner-slow']],
  ])('in which %s', (_name, fates, expected) => {
    expect(interval(fates)).toEqual(expected);
  });

  it('in which a full queue lost messages', () => {
    expect(interval([], 3)).toEqual(['results-dropped']);
  });

  it('with a clock that was never set', () => {
    const conditions = new ConditionRegistry(new FakeClock());
    const watch = new IntervalWatch(conditions);
    watch.look({ cameras: [], dropped: {}, wallMs: 0, nowNs: 0n });
    expect(raised(conditions)).toContain('clock-unsynchronized');
  });
});
