/**
 * The process of one loaded model: takes frames, makes the network's input, runs it, answers scores.
 * Everything is on this one thread and a run blocks it: signals and a closed channel are noticed between two runs, and
 * the frame at work is answered first. The kernel ends it with a daemon that dies (without setpriv, the closed channel
 * does). SIGINT and SIGHUP are left to the daemon: a terminal sends them to all.
 */
import { getPriority, setPriority } from 'node:os';
import { EdgeError, modelError } from '../errors.js';
import { createPreparer, type Preparer } from '../prepare/prepare.js';
import { createFrameReader } from './frame-memory.js';
import { type OrtSession, openSession } from './ort-session.js';
import type { Answer, RunnerSpec } from './runner.js';
import { NO_NUMBERS } from './runner-errors.js';
import { type FrameMessage, type FromRunner, type RegionAnswer, readToRunner, type ToRunner } from './wire.js';

interface LoadedModel {
  readonly session: OrtSession;
  readonly preparer: Preparer;
  /** Copies of inputs, where a frame has several views. */
  readonly kept: Uint8Array[];
}

/** Two: the first run plans the memory, the second uses the plan. */
const WARM_UP_RUNS = 2;

const readFrame = createFrameReader();
let model: LoadedModel | null = null;
let work: Promise<void> = Promise.resolve();

async function handle(message: ToRunner): Promise<void> {
  if (message.type === 'start') await start(message.spec);
  else if (model === null) fail('a frame came before the start');
  else {
    await say(await answer(model, message));
  }
}

async function start(spec: RunnerSpec): Promise<void> {
  // Before any native thread is made: on Linux a thread inherits the priority of the one that made it.
  // Never higher than the daemon's own: that takes a privilege.
  setPriority(Math.max(getPriority(), spec.nice));
  try {
    const began = performance.now();
    const session = await openSession(spec);
    const loaded = performance.now();
    const blank = new Uint8Array(session.width * session.height * 3);
    for (let run = 0; run < WARM_UP_RUNS; run++) {
      if ((await session.run(blank)).every(Number.isFinite)) continue;
      throw modelError('scores-not-finite', `graph ${spec.graphPath}: ${NO_NUMBERS}`, { graphPath: spec.graphPath });
    }
    model = { session, preparer: createPreparer(spec.input), kept: [] };
    const { runtime, providersCompiledIn, providerActual, providerReason } = session;
    const durations = { loadMs: loaded - began, warmUpMs: performance.now() - loaded };
    await say({ type: 'ready', runtime, providersCompiledIn, providerActual, providerReason, ...durations });
  } catch (thrown) {
    if (!(thrown instanceof EdgeError)) throw thrown;
    await say({ type: 'refused', code: thrown.code, message: thrown.message, facts: thrown.facts });
    process.exit(1);
  }
}

async function answer({ session, preparer, kept }: LoadedModel, frame: FrameMessage): Promise<FromRunner> {
  const inputs: Uint8Array[] = [];
  const prepareMs: number[] = [];
  let lapMs = performance.now();
  let picture: Answer['picture'];
  try {
    const data = readFrame(frame.bytes);
    picture = preparer.prepare({ format: frame.format, data }, frame.views, (index, input) => {
      // The last view's input stays as it is until the next frame; those before it are overwritten by it.
      inputs.push(index === frame.views.length - 1 ? input : keep(kept, index, input));
      const nowMs = performance.now();
      prepareMs[index] = nowMs - lapMs;
      lapMs = nowMs;
    });
  } catch (thrown) {
    if (!(thrown instanceof EdgeError)) throw thrown;
    return { type: 'corrupt', id: frame.id, message: thrown.message };
  }
  const regions: RegionAnswer[] = [];
  for (const [index, input] of inputs.entries()) {
    const beganMs = performance.now();
    const logits = await session.run(input);
    regions.push({ logits, prepareMs: prepareMs[index] ?? 0, networkMs: performance.now() - beganMs });
  }
  return { type: 'answer', id: frame.id, picture, regions };
}

function keep(kept: Uint8Array[], index: number, input: Uint8Array): Uint8Array {
  kept[index] ??= new Uint8Array(input.length);
  kept[index].set(input);
  return kept[index];
}

/** Waits until the message is in the kernel's hands: `process.exit` drops what is not. */
function say(message: FromRunner): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

function fail(what: string): never {
  process.stderr.write(`runner process: ${what}\n`);
  process.exit(70);
}

/** Ends once what has come is answered. */
function finish(): void {
  work = work.then(() => process.exit(0));
}

process.on('message', (raw) => {
  const message = readToRunner(raw);
  if (message === null) fail('malformed message');
  work = work.then(() => handle(message));
});
process.on('disconnect', finish);
process.on('SIGTERM', finish);
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
