/**
 * Lifetimes by scope: what is tracked inside a scope and is not part of its result is disposed when the
 * scope ends. Scopes are synchronous, so they nest like calls.
 */

export class Scopes {
  readonly #stack: Set<Disposable>[] = [];

  get isOpen(): boolean {
    return this.#stack.length > 0;
  }

  /** Registers with the innermost scope, if there is one. */
  track<T extends Disposable>(resource: T): T {
    const depth = this.#stack.length;
    if (depth > 0) this.#stack[depth - 1].add(resource);
    return resource;
  }

  /** Takes a resource out of its scope: from now on it lives until it is disposed. */
  untrack(resource: Disposable): void {
    for (let i = this.#stack.length - 1; i >= 0; i--) if (this.#stack[i].delete(resource)) return;
  }

  /**
   * Calls `fn`; then hands what its result contains (itself, or inside arrays, maps and plain objects) to
   * the enclosing scope, and disposes the rest, newest first. If `fn` throws, everything is disposed.
   */
  run<T>(fn: () => T): T {
    const scope = new Set<Disposable>();
    this.#stack.push(scope);
    let result: T;
    try {
      result = fn();
    } catch (thrown) {
      this.#stack.pop();
      this.#dispose(scope);
      throw thrown;
    }
    this.#stack.pop();
    const kept: Disposable[] = [];
    collect(result, scope, kept, new Set());
    for (const resource of kept) {
      scope.delete(resource);
      this.track(resource);
    }
    this.#dispose(scope);
    return result;
  }

  #dispose(scope: ReadonlySet<Disposable>): void {
    for (const resource of [...scope].reverse()) resource[Symbol.dispose]();
  }
}

function collect(
  value: unknown,
  scope: ReadonlySet<Disposable>,
  kept: Disposable[],
  seen: Set<unknown>,
): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (scope.has(value as Disposable)) {
    kept.push(value as Disposable);
    return;
  }
  if (Array.isArray(value) || value instanceof Set)
    for (const item of value) collect(item, scope, kept, seen);
  else if (value instanceof Map) for (const item of value.values()) collect(item, scope, kept, seen);
  else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) collect(item, scope, kept, seen);
  }
}
