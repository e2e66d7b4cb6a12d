/** Where the time of a graph goes, from the events that onnxruntime writes. */
interface OperatorTime {
  readonly operator: string;
  /** Nodes of that kind in the optimized graph. */
  readonly nodes: number;
  readonly msPerRun: number;
  readonly share: number;
}

interface NodeTime {
  readonly node: string;
  readonly operator: string;
  readonly msPerRun: number;
}

export interface Profile {
  readonly operators: readonly OperatorTime[];
  /** The slowest first. */
  readonly nodes: readonly NodeTime[];
}

interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  /** Microseconds. */
  readonly dur?: number;
  readonly args?: { readonly op_name?: string; readonly node_index?: string };
}

const KERNEL = '_kernel_time';

/** Adds the kernel times of `runs` runs up. Each kernel of the optimized graph is one node, whatever it was fused of. */
export function readProfile(text: string, runs: number): Profile {
  const byNode = new Map<string, NodeTime>();
  for (const { cat, name = '', dur = 0, args } of JSON.parse(text) as ProfileEvent[]) {
    if (cat !== 'Node' || !name.endsWith(KERNEL)) continue;
    const key = args?.node_index ?? name;
    const msPerRun = (byNode.get(key)?.msPerRun ?? 0) + dur / 1000 / runs;
    byNode.set(key, { node: name.slice(0, -KERNEL.length), operator: args?.op_name ?? 'unknown', msPerRun });
  }
  const nodes = [...byNode.values()].sort((a, b) => b.msPerRun - a.msPerRun);
  const total = nodes.reduce((sum, node) => sum + node.msPerRun, 0);
  const operators = [...new Set(nodes.map(({ operator }) => operator))].map((operator) => {
    const own = nodes.filter((node) => node.operator === operator);
    const msPerRun = own.reduce((sum, node) => sum + node.msPerRun, 0);
    return { operator, nodes: own.length, msPerRun, share: msPerRun / total };
  });
  return { operators: operators.sort((a, b) => b.msPerRun - a.msPerRun), nodes };
}
