/** What the parts of the engine work on. */
import type { StoreMemory } from "./store-memory.ts";
import type { StoreTables } from "./store-tables.ts";

/** Work in short steps, with no transaction open between two of them; the value is the result. */
export type Steps<Result> = Generator<void, Result, void>;

/** Tables, memory, and how to write. Good as long as no transaction fails. */
export interface EngineContext {
  readonly tables: StoreTables;
  readonly memory: StoreMemory;
  /** Runs work in a transaction; `attempt` says what for. */
  transaction<Result>(attempt: string, work: () => Result): Result;
  /** Gives free pages back to the file system, at most so many; returns how many were free. */
  vacuum(pageLimit: number): number;
}
