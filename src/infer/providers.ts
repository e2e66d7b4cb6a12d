import { modelError } from '../errors.js';
import type { Provider } from './runner.js';

/** What to ask onnxruntime for, first to last, and why the wish is not met in full. */
export interface ProviderChoice {
  /** Each attempt is a list for one session: the provider that it is for, and what may take the nodes it can't run. */
  readonly attempts: readonly (readonly [Provider, ...Provider[]])[];
  /** Wished, but unknown to this build. */
  readonly missing: readonly Provider[];
}

export interface FailedProvider {
  readonly provider: Provider;
  readonly message: string;
}

/**
 * An ordered wish against what the binding was compiled with. onnxruntime drops a name that it does not know with a
 * warning and runs on the CPU, so it is never asked for one.
 * @throws model error `provider-unavailable` when nothing wished for is there.
 */
export function chooseProviders(wish: readonly Provider[], compiledIn: readonly string[]): ProviderChoice {
  const wished = [...new Set(wish)];
  const present = wished.filter((provider) => compiledIn.includes(provider));
  const attempts = present.map((provider, index): [Provider, ...Provider[]] => [provider, ...present.slice(index + 1)]);
  if (attempts.length === 0) {
    throw modelError(
      'provider-unavailable',
      `providers: wished for ${listOf(wished)}, but this onnxruntime was compiled with ${listOf(compiledIn)}; ` +
        'add "cpu" to the wish or configure a binding that has what is wished for',
      { wished, compiledIn },
    );
  }
  return { attempts, missing: wished.filter((provider) => !compiledIn.includes(provider)) };
}

/** Why the actual provider is not the first of the wish; null when it is. */
export function explainProvider(
  wish: readonly Provider[],
  actual: Provider,
  missing: readonly Provider[],
  failed: readonly FailedProvider[],
): string | null {
  if (wish[0] === actual) return null;
  const reasons = wish.slice(0, wish.indexOf(actual)).map((provider) => {
    if (missing.includes(provider)) return `${provider}: not compiled into this onnxruntime`;
    const failure = failed.find((one) => one.provider === provider);
    return `${provider}: ${failure?.message ?? 'not tried'}`;
  });
  return `running on ${actual} because ${[...new Set(reasons)].join('; ')}`;
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}
