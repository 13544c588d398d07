/** The commands of the collector's program besides running: work on the database of a data directory while no collector holds it. */
import { type Options, readOptions, stringOption, type ValuesOf } from "@nodekeeper/shared";
import { lockDirectory } from "../store/database/database-lock.ts";
import { makeDirectory, type StoreFiles, storeFiles } from "../store/database/store-files.ts";

/** What a command is given. */
export interface CommandSources {
  /** Arguments after the command's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: number;
}

/** A command. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  help(): string;
  /** Does it, and returns what is to be said. Throws an AppError where it cannot. */
  run(sources: CommandSources): string;
}

/** The option that all of them have. */
export const dataDirOption: ReturnType<typeof stringOption> = stringOption({
  description: "folder of the database",
  placeholder: "DIR",
  default: "/var/lib/nodekeeper/collector",
});

/** Reads the options of a command. Of the environment only the data directory counts: the rest is for the collector that runs. */
export function readCommandOptions<Of extends Options>(options: Of, { args, env }: CommandSources): ValuesOf<Of> {
  const dataDir = env["NODEKEEPER_COLLECTOR_DATA_DIR"];
  const known = dataDir === undefined ? {} : { NODEKEEPER_COLLECTOR_DATA_DIR: dataDir };
  return readOptions(options, { args, env: known, envPrefix: "NODEKEEPER_COLLECTOR_" });
}

/** Does something while nobody else can open the database; STORE_IN_USE where a collector holds it. */
export function whileLocked<Result>(dataDir: string, work: (files: StoreFiles) => Result): Result {
  const files = storeFiles(dataDir);
  makeDirectory(dataDir);
  using _lock = lockDirectory(dataDir, files.lock);
  return work(files);
}
