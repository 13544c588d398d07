/** A machine that goes nowhere, and one that goes when a test says so. */
import { GoodbyeReason } from "@nodekeeper/proto";
import { createListeners } from "@nodekeeper/shared";
import type { LeavingPort } from "../spool/spool.ts";

/** It stays, and whoever is stopped there is just stopped. */
export const staying: LeavingPort = {
  current: undefined,
  onChanged: () => ({ [Symbol.dispose]: () => undefined }),
  told: () => undefined,
  departed: () => undefined,
  stopReason: async () => GoodbyeReason.STOPPED,
};

/** See above. */
export class GoingMachine implements LeavingPort {
  readonly events: string[] = [];
  current: GoodbyeReason | undefined;
  /** Why the agent is stopped. */
  reason: GoodbyeReason = GoodbyeReason.STOPPED;
  readonly #listeners = createListeners<void>();

  go(reason: GoodbyeReason): void {
    this.current = reason;
    this.#listeners.tell();
  }

  stay(): void {
    this.current = undefined;
    this.#listeners.tell();
  }

  onChanged(listener: () => void): Disposable {
    return this.#listeners.add(listener);
  }

  told(): void {
    this.events.push("told");
  }

  departed(): void {
    this.events.push("departed");
  }

  async stopReason(): Promise<GoodbyeReason> {
    return this.reason;
  }
}
