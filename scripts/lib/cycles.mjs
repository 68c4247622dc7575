/**
 * Circular imports: the strongly connected components of the import graph (Tarjan 1972) that have more
 * than one file. Imports of types count: what two files need of each other belongs in a third.
 * @param {ReadonlyMap<string, readonly string[]>} graph
 * @returns {string[][]} each cycle as the files along one way round, the first one repeated at its end
 */
export function findCycles(graph) {
  /** @type {Map<string, { index: number, low: number, onStack: boolean }>} */
  const state = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {string[][]} */
  const cycles = [];

  /** @param {string} file */
  const visit = (file) => {
    const own = { index: state.size, low: state.size, onStack: true };
    state.set(file, own);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      const seen = state.get(next);
      if (seen === undefined) own.low = Math.min(own.low, visit(next).low);
      else if (seen.onStack) own.low = Math.min(own.low, seen.index);
    }
    if (own.low === own.index) {
      const component = stack.splice(stack.indexOf(file));
      for (const member of component) {
        const reached = state.get(member);
        if (reached !== undefined) reached.onStack = false;
      }
      const way = component.length > 1 || (graph.get(file) ?? []).includes(file);
      if (way) cycles.push(wayRound(graph, file, new Set(component)));
    }
    return own;
  };

  for (const file of graph.keys()) if (!state.has(file)) visit(file);
  return cycles;
}

/**
 * The shortest way from a file back to itself inside its component.
 * @param {ReadonlyMap<string, readonly string[]>} graph
 * @param {string} start
 * @param {ReadonlySet<string>} component
 */
function wayRound(graph, start, component) {
  /** @type {string[][]} */
  const ways = [[start]];
  const reached = new Set();
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return [...way, start];
      if (component.has(next) && !reached.has(next)) {
        reached.add(next);
        ways.push([...way, next]);
      }
    }
  }
  return [start, start];
}
