import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type * as Ort from 'onnxruntime-node';
import { modelError } from '../errors.js';
import { checkGraph, type GraphContract, type GraphExpectation, type GraphValue } from './graph-contract.js';
import { chooseProviders, explainProvider, type FailedProvider } from './providers.js';
import type { Provider } from './runner.js';

interface RuntimeOptions {
  readonly graphPath: string;
  readonly threads: number;
  readonly providers: readonly Provider[];
  /** null: the npm package; else the folder of another build of onnxruntime-node. */
  readonly binding: string | null;
  /** Optimizes as the arm64 build does: no blocked NCHWc layout, signed bytes in quantized operators. */
  readonly armShaped?: boolean;
  /** Writes a profile to `PREFIX_DATE.json` when the session is closed. */
  readonly profilePrefix?: string;
}

export interface SessionOptions extends RuntimeOptions, GraphExpectation {}

/** One loaded graph. `run` and `openSession` block the thread that calls them: nothing else may live in it. */
export interface OrtSession extends GraphContract {
  readonly runtime: string;
  readonly providersCompiledIn: readonly string[];
  readonly providerActual: Provider;
  readonly providerReason: string | null;
  /** Height x width x RGB bytes in, one logit a class out. The input is read in place: leave it alone until the answer. */
  run(input: Uint8Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/** A graph with whatever inputs and outputs it has. */
export interface BareSession {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly runtime: string;
  /** Takes and gives every input and output by name. */
  run(feeds: Readonly<Record<string, BareTensor>>): Promise<Readonly<Record<string, BareTensor>>>;
  close(): Promise<void>;
}

export interface BareTensor {
  readonly type: 'float32' | 'uint8';
  readonly dims: readonly number[];
  readonly data: Float32Array | Uint8Array;
}

/**
 * Loads a graph of ours: uint8 [1,H,W,3] in, float32 [1,classes] out.
 * @throws model errors `binding-missing`, `graph-missing`, `graph-rejected`, `graph-mismatch`, `provider-unavailable`.
 */
export async function openSession(options: SessionOptions): Promise<OrtSession> {
  const loaded = await load(options);
  const { ort, session } = loaded;
  const contract = await checkOrRelease(session, options);
  return {
    ...contract,
    runtime: runtimeOf(ort),
    providersCompiledIn: loaded.compiledIn,
    providerActual: loaded.provider,
    providerReason: loaded.reason,
    run: runner(ort, session, contract),
    close: () => close(session, options),
  };
}

/**
 * Loads any graph, to measure it or to look at what it takes and gives.
 * @throws model errors as `openSession`, but for `graph-mismatch`.
 */
export async function openBareSession(options: RuntimeOptions): Promise<BareSession> {
  const { ort, session } = await load(options);
  return {
    inputs: session.inputMetadata,
    outputs: session.outputMetadata,
    runtime: runtimeOf(ort),
    async run(feeds) {
      const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [
        name,
        new ort.Tensor(type, data, dims),
      ]);
      return (await session.run(Object.fromEntries(tensors))) as unknown as Record<string, BareTensor>;
    },
    close: () => close(session, options),
  };
}

interface Loaded {
  readonly ort: typeof Ort;
  readonly session: Ort.InferenceSession;
  readonly compiledIn: readonly string[];
  readonly provider: Provider;
  readonly reason: string | null;
}

async function load(options: RuntimeOptions): Promise<Loaded> {
  const ort = loadBinding(options.binding);
  const compiledIn = ort.listSupportedBackends().map((backend) => backend.name);
  const { attempts, missing } = chooseProviders(options.providers, compiledIn);
  if (statSync(options.graphPath, { throwIfNoEntry: false })?.isFile() !== true) {
    throw modelError('graph-missing', `graph ${options.graphPath}: no such file; install the model package again`, {
      graphPath: options.graphPath,
    });
  }
  const failed: FailedProvider[] = [];
  for (const attempt of attempts) {
    const [provider] = attempt;
    try {
      const session = await ort.InferenceSession.create(options.graphPath, sessionOptions(options, attempt));
      const reason = explainProvider(options.providers, provider, missing, failed);
      return { ort, session, compiledIn, provider, reason };
    } catch (thrown) {
      failed.push({ provider, message: messageOf(thrown) });
    }
  }
  throw modelError(
    'graph-rejected',
    `graph ${options.graphPath}: onnxruntime refused it: ` +
      failed.map(({ provider, message }) => `${provider}: ${message}`).join('; '),
    { graphPath: options.graphPath, failed },
  );
}

const runtimeOf = (ort: typeof Ort): string => `onnxruntime-node ${ort.env.versions.node ?? 'of unknown version'}`;

async function close(session: Ort.InferenceSession, { profilePrefix }: RuntimeOptions): Promise<void> {
  if (profilePrefix !== undefined) session.endProfiling();
  await session.release();
}

async function checkOrRelease(session: Ort.InferenceSession, options: SessionOptions): Promise<GraphContract> {
  try {
    return checkGraph(session.inputMetadata, session.outputMetadata, options);
  } catch (thrown) {
    await session.release();
    throw thrown;
  }
}

/**
 * Since 1.29 onnxruntime sends telemetry to Microsoft on Linux too, with a cache and a log in TMPDIR. Set before the
 * library is loaded this is the full opt-out (pull request 27379); a robot talks to nobody whom its owner did not name.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';

function loadBinding(folder: string | null): typeof Ort {
  const require = createRequire(import.meta.url);
  try {
    return require(folder === null ? 'onnxruntime-node' : resolve(folder)) as typeof Ort;
  } catch (thrown) {
    throw modelError(
      'binding-missing',
      `binding ${folder ?? 'onnxruntime-node of npm'}: cannot be loaded on ${process.platform}-${process.arch}: ` +
        `${messageOf(thrown)}; expected the folder of an installed onnxruntime-node package`,
      { binding: folder },
      thrown,
    );
  }
}

/** Values of `extra` must be strings: onnxruntime takes anything else without a word and ignores it. */
function sessionOptions(options: RuntimeOptions, attempt: readonly Provider[]): Ort.InferenceSession.SessionOptions {
  const { armShaped, profilePrefix } = options;
  return {
    executionProviders: [...attempt],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableMemPattern: true,
    graphOptimizationLevel: 'all',
    ...(profilePrefix !== undefined && { enableProfiling: true, profileFilePrefix: profilePrefix }),
    extra: {
      session: { intra_op: { allow_spinning: '0' }, ...(armShaped && { qdqisint8allowed: '1' }) },
      ...(armShaped && { optimization: { disable_specified_optimizers: 'NchwcTransformer' } }),
    },
  };
}

function runner(ort: typeof Ort, session: Ort.InferenceSession, contract: GraphContract): OrtSession['run'] {
  const { inputName, outputName, width, height } = contract;
  const bytes = width * height * 3;
  let feeds: Record<string, Ort.Tensor> = {};
  let fed: Uint8Array | null = null;
  return async (input) => {
    if (input.length !== bytes) {
      throw modelError(
        'input-mismatch',
        `input of ${input.length} bytes: expected ${bytes}, ${height} x ${width} x RGB`,
      );
    }
    if (fed !== input) {
      feeds = { [inputName]: new ort.Tensor('uint8', input, [1, height, width, 3]) };
      fed = input;
    }
    const outputs = await session.run(feeds);
    return outputs[outputName]?.data as Float32Array;
  };
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
