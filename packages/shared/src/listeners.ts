/** Those who want to be told of something. */

/** A set of them. */
export interface Listeners<Event> {
  /** Disposing what comes back ends it. */
  add(listener: (event: Event) => void): Disposable;
  /** Calls each, in the order in which they came. What one throws keeps the rest from hearing: they do not throw. */
  tell(event: Event): void;
}

/** None yet. */
export function createListeners<Event>(): Listeners<Event> {
  const listeners = new Set<{ readonly call: (event: Event) => void }>();
  return {
    add(call) {
      const listener = { call };
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    tell(event) {
      for (const { call } of [...listeners]) call(event);
    },
  };
}
