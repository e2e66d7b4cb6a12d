/**
 * The rover, a process of its own: renders its camera at 20 frames a second in real time into the daemon's `pipe:`
 * source and steers by the results that it reads over MQTT, like any other subscriber. Late or missing results make
 * it drive worse, expired ones make it stop. Test: any broker, `node dist/deploy/demo/rover.js --help`'s options below.
 */
import { parseArgs } from 'node:util';
import { openCameraPipe } from './camera-pipe.js';
import { FRAMES_A_SECOND } from './lockstep.js';
import { PICTURE_HEIGHT, PICTURE_WIDTH } from './render.js';
import { subscribe } from './subscriber.js';
import { createWheels } from './wheels.js';
import { createWorld } from './world.js';

const FRAMES_A_REPORT = 4;
const nowNs = (): bigint => process.hrtime.bigint();

function main(): void {
  const { values } = parseArgs({
    options: {
      pipe: { type: 'string' },
      broker: { type: 'string' },
      results: { type: 'string' },
      reports: { type: 'string', default: 'rover/state' },
      seed: { type: 'string', default: '1' },
    },
  });
  const { pipe, broker, results, reports, seed } = values;
  if (pipe === undefined || broker === undefined || results === undefined) {
    throw new Error('usage: rover --pipe PATH --broker mqtt://HOST:PORT --results TOPIC [--reports TOPIC] [--seed N]');
  }

  const wheels = createWheels();
  const world = createWorld(Number(seed), wheels, nowNs());
  const camera = openCameraPipe(pipe);
  const client = subscribe(broker, [results], (_, message) => {
    world.advance(nowNs());
    wheels.obey(message);
  });

  let [shown, leftOut] = [0, 0];
  let dueMs = performance.now();
  let timer: NodeJS.Timeout;
  const tick = (): void => {
    const capturedNs = nowNs();
    world.advance(capturedNs);
    const sent = camera.send({ width: PICTURE_WIDTH, height: PICTURE_HEIGHT, capturedNs, pixels: world.picture() });
    shown++;
    if (!sent) leftOut++;
    if (shown % FRAMES_A_REPORT === 0) client.publish(reports, JSON.stringify({ ...world.report(), shown, leftOut }));
    // Keeps the rate on the average, but does not catch up after a pause.
    dueMs = Math.max(dueMs + 1000 / FRAMES_A_SECOND, performance.now());
    timer = setTimeout(tick, dueMs - performance.now());
  };
  tick();

  const end = (): void => {
    clearTimeout(timer);
    camera.close();
    client.end(true);
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

main();
