import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type * as Ort from 'onnxruntime-node';
import { modelError } from '../errors.js';
import { checkGraph, type GraphContract, type GraphExpectation } from './graph-contract.js';
import { chooseProviders, explainProvider, type FailedProvider } from './providers.js';
import type { Provider } from './runner.js';

export interface SessionOptions extends GraphExpectation {
  readonly graphPath: string;
  readonly threads: number;
  readonly providers: readonly Provider[];
  /** null: the npm package; else the folder of another build of onnxruntime-node. */
  readonly binding: string | null;
  /** Names of graph optimizers to leave out; `NchwcTransformer` gives the graph that the arm64 build gets. */
  readonly disableOptimizers?: readonly string[];
}

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

/**
 * Loads a graph of ours: uint8 [1,H,W,3] in, float32 [1,classes] out.
 * @throws model errors `binding-missing`, `graph-missing`, `graph-rejected`, `graph-mismatch`, `provider-unavailable`.
 */
export async function openSession(options: SessionOptions): Promise<OrtSession> {
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
    let session: Ort.InferenceSession;
    try {
      session = await ort.InferenceSession.create(options.graphPath, sessionOptions(options, attempt));
    } catch (thrown) {
      failed.push({ provider: attempt[0], message: messageOf(thrown) });
      continue;
    }
    const contract = await checkOrRelease(session, options);
    return {
      ...contract,
      runtime: `onnxruntime-node ${ort.env.versions.node ?? 'of unknown version'}`,
      providersCompiledIn: compiledIn,
      providerActual: attempt[0],
      providerReason: explainProvider(options.providers, attempt[0], missing, failed),
      run: runner(ort, session, contract),
      close: () => session.release(),
    };
  }
  throw modelError(
    'graph-rejected',
    `graph ${options.graphPath}: onnxruntime refused it: ` +
      failed.map(({ provider, message }) => `${provider}: ${message}`).join('; '),
    { graphPath: options.graphPath, failed },
  );
}

async function checkOrRelease(session: Ort.InferenceSession, options: SessionOptions): Promise<GraphContract> {
  try {
    return checkGraph(session.inputMetadata, session.outputMetadata, options);
  } catch (thrown) {
    await session.release();
    throw thrown;
  }
}

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
function sessionOptions(options: SessionOptions, attempt: readonly Provider[]): Ort.InferenceSession.SessionOptions {
  const disabled = options.disableOptimizers ?? [];
  return {
    executionProviders: [...attempt],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableMemPattern: true,
    graphOptimizationLevel: 'all',
    extra: {
      session: { intra_op: { allow_spinning: '0' } },
      ...(disabled.length > 0 && { optimization: { disable_specified_optimizers: disabled.join(';') } }),
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
