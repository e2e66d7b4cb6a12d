/**
 * `npm start`: the whole loop on one machine. Starts an MQTT broker in this process, `edgenextd` and the rover as
 * processes of their own, and shows what anybody can read from the broker. Ends all of it on Ctrl-C within two seconds;
 * leaves nothing behind. Test: test/demo/main.test.ts runs it as a user would.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deviceError, EdgeError } from '../../src/errors.js';
import { HOST, openBroker } from './broker.js';
import { type Child, startChild } from './children.js';
import {
  CAMERA,
  chooseScenario,
  configText,
  DAEMON,
  makeFolder,
  type Options,
  ROVER,
  readOptions,
  USAGE,
} from './scenario.js';
import { subscribe } from './subscriber.js';
import { openView } from './view.js';

const ROVER_TOPIC = 'rover/state';

async function run(options: Options, folder: string, stop: Promise<void>): Promise<void> {
  const scenario = chooseScenario(options, folder);
  const broker = await openBroker(options.port);
  const logFile = join(folder, 'edgenextd.log');
  const configFile = join(folder, 'config.yaml');
  writeFileSync(configFile, configText(scenario, folder, broker.url));

  const children: Child[] = [startChild('edgenextd', DAEMON, ['run', '--config', configFile], logFile)];
  if (options.camera === null) {
    const results = `${scenario.base}/result/${CAMERA}`;
    const args = ['--pipe', join(folder, 'camera.sock'), '--broker', broker.url, '--results', results];
    const more = ['--reports', ROVER_TOPIC, '--seed', String(options.seed)];
    children.push(startChild('rover', ROVER, [...args, ...more], join(folder, 'rover.log')));
  }
  const watch = `mosquitto_sub -h ${HOST} -p ${broker.port} -v -t 'edgenext/#' -t 'rover/#'`;
  const view = openView(process.stdout, {
    base: scenario.base,
    roverTopic: ROVER_TOPIC,
    facts: { source: scenario.source, watch, logFile },
  });
  const client = subscribe(broker.url, [`${scenario.base}/#`, ROVER_TOPIC], view.take);

  const lost = Promise.race(children.map((child) => child.exited.then((how) => ({ child, how }))));
  const failure = await Promise.race([stop, lost]);

  view.close();
  client.end(true);
  const ends = await Promise.all(children.reverse().map((child) => child.end().then((how) => ({ child, how }))));
  await broker.close();
  for (const { child, how } of failure ? [failure] : ends.filter((end) => end.how !== 'exit code 0')) {
    throw deviceError('demo-child', `${child.name} ended with ${how}: ${child.lastWords()}`);
  }
}

/** Resolves when the user or the clock says so. */
function stopOf({ seconds }: Options): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
    if (seconds !== null) setTimeout(resolve, seconds * 1000).unref();
  });
}

async function main(): Promise<number> {
  let folder: string | null = null;
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === null) {
      process.stdout.write(USAGE);
      return 0;
    }
    folder = makeFolder();
    await run(options, folder, stopOf(options));
    return 0;
  } catch (error) {
    if (!(error instanceof EdgeError)) throw error;
    process.stderr.write(`demo: ${error.message}\n`);
    return 1;
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
