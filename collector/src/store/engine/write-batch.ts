/** Gathers small writes into transactions of a bearable size: each transaction waits for the disk once. */
import type { EngineContext } from "./engine-context.ts";

/** Writes to a transaction: a few milliseconds. */
const writesAtOnce = 64;

/** Writes wait until enough have come together, or until `flush`. */
export class WriteBatch {
  readonly #transaction: EngineContext["transaction"];
  readonly #attempt: string;
  #writes: (() => void)[] = [];
  #settlements: (() => void)[] = [];

  constructor(context: EngineContext, attempt: string) {
    this.#transaction = context.transaction;
    this.#attempt = attempt;
  }

  /** `write` runs in a transaction, in the order of the calls; `settle` when it is committed. */
  add(write: () => void, settle?: () => void): void {
    this.#writes.push(write);
    if (settle !== undefined) this.#settlements.push(settle);
    if (this.#writes.length >= writesAtOnce) this.flush();
  }

  /** Commits what waits. */
  flush(): void {
    if (this.#writes.length === 0) return;
    const writes = this.#writes;
    const settlements = this.#settlements;
    this.#writes = [];
    this.#settlements = [];
    this.#transaction(this.#attempt, () => {
      for (const write of writes) write();
    });
    for (const settle of settlements) settle();
  }
}
