/** Whether the spool can use its disk. Trouble is told once, when it begins and when it is over; it never stops the spool. */
import type { Logger } from "@nodekeeper/shared";

/** See above. */
export class DiskTrouble {
  readonly #logger: Logger;
  #problem: string | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Why nothing can be written to the disk; undefined while that works, or is not needed. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Does something that needs the disk; tells whether it went well. */
  async attempt(what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
    } catch (thrown) {
      this.report(what, thrown);
      return false;
    }
    if (this.#problem !== undefined) this.#logger.info({}, "the spool can be written again");
    this.#problem = undefined;
    return true;
  }

  report(what: string, thrown: unknown): void {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    if (this.#problem === undefined) {
      this.#logger.error({ what, err: thrown }, "the spool cannot be written: observations stay in memory");
    }
    this.#problem = `${what}: ${reason}`;
  }
}
