import type { Clock } from '../clock.js';
import { FRAME_FATES, type FrameFate } from '../frame.js';
import type { Camera, CameraStatus } from './camera.js';

export interface SwitchedCamera extends Camera {
  /** On: started, unless it runs. Off: ended; resolves when its device is free again. */
  switch(on: boolean): Promise<void>;
  /** Off and on again, so that it is made anew; nothing when it is off. */
  restart(): Promise<void>;
}

export interface SwitchParts {
  readonly id: string;
  /** A camera that is not started yet. Throws what is wrong with its source. */
  readonly make: () => Camera;
  readonly isOn: boolean;
  readonly clock: Clock;
}

/**
 * A camera that can be off: then there is none, and it holds no device. For the loop it is one camera all along, whose
 * counts go on.
 */
export function createSwitchedCamera({ id, make, isOn, clock }: SwitchParts): SwitchedCamera {
  const past = Object.fromEntries(FRAME_FATES.map((fate) => [fate, 0])) as Record<FrameFate, number>;
  const ending = new Set<Camera>();
  let frameListener: () => void = () => undefined;
  let statusListener: (status: CameraStatus) => void = () => undefined;
  let off: CameraStatus = disabledSince(clock.monotonicNs());
  let camera: Camera | null = isOn ? make() : null;
  let turn: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  const listen = (made: Camera): void => {
    made.onFrame(() => frameListener());
    made.onStatus((status) => statusListener(status));
  };
  const turnOn = (): void => {
    if (camera !== null || isClosed) return;
    const made = make();
    listen(made);
    camera = made;
    statusListener(made.status());
    made.start();
  };
  const turnOff = async (): Promise<void> => {
    const old = camera;
    if (old === null) return;
    camera = null;
    ending.add(old);
    off = disabledSince(clock.monotonicNs());
    old.onStatus(() => undefined);
    statusListener(off);
    await old.close();
    ending.delete(old);
    for (const fate of FRAME_FATES) past[fate] += old.fates()[fate];
  };
  const inTurn = (work: () => void | Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  if (camera !== null) listen(camera);

  return {
    id,
    start: () => camera?.start(),
    switch: (on) => inTurn(on ? turnOn : turnOff),
    restart: () =>
      inTurn(async () => {
        if (camera === null) return;
        await turnOff();
        turnOn();
      }),
    async close() {
      isClosed = true;
      await turn;
      await camera?.close();
    },
    take: () => camera?.take() ?? null,
    onFrame(listener) {
      frameListener = listener;
    },
    onStatus(listener) {
      statusListener = listener;
    },
    status: () => camera?.status() ?? off,
    programPid: () => camera?.programPid() ?? null,
    fates() {
      const sum = { ...past };
      for (const each of camera === null ? ending : [...ending, camera]) {
        for (const fate of FRAME_FATES) sum[fate] += each.fates()[fate];
      }
      return sum;
    },
    countFate(fate) {
      past[fate] += 1;
    },
  };
}

export const disabledSince = (sinceNs: bigint): CameraStatus => ({
  state: 'disabled',
  reason: 'switched off by the configuration or by a command',
  code: null,
  sinceNs,
  fps: null,
});
