import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startMosquitto } from '../fakes/mosquitto.js';
import { startDaemon } from '../harness/daemon.js';
import { observe } from '../publish/observer.js';

it('alerts of what went wrong before the way to the broker was there', async () => {
  const broker = await startMosquitto();
  const observer = await observe(broker.port);
  const daemon = await startDaemon({
    mqtt: { url: `mqtt://127.0.0.1:${broker.port}` },
    socket: { path: join('/dev/null', 'results.sock') },
  });
  const { message: alert } = await observer.until('alert');
  expect(alert).toMatchObject({ condition: 'socket-unavailable', level: 'URGENT', active: true });
  expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  await daemon.dispose();
  await observer.close();
  await broker.stop();
});
