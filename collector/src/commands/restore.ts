/** `collector restore`: a backup takes the place of the database. */
import { optionsHelp, stringOption } from "@nodekeeper/shared";
import { restoreDatabase } from "../store/backup/restore-database.ts";
import { type Command, dataDirOption, readCommandOptions, whileLocked } from "./command.ts";

const options = {
  dataDir: dataDirOption,
  from: stringOption({ description: "the backup; it is copied and stays as it is", placeholder: "FILE" }),
};

/** The command. */
export const restoreCommand: Command = {
  name: "restore",
  summary: "put a backup in the place of the database, while no collector runs",
  help: () =>
    [
      "Usage: collector restore --from FILE [--data-dir DIR]",
      "",
      "Puts a backup in the place of the database. The backup is verified first; the database that is there is kept aside under a",
      "dated name. No collector may run on the folder. What was reported after the backup was made is not in it: agents send again",
      "only what they still hold. Credentials and the CA are not in the database and stay as they are.",
      "",
      optionsHelp(options),
    ].join("\n"),
  run(sources) {
    const { dataDir, from } = readCommandOptions(options, sources);
    return whileLocked(dataDir, ({ database }) => {
      const { nodeCount, newestAtMs, keptAside } = restoreDatabase(database, from, sources.nowMs);
      const newest = newestAtMs === undefined ? "no observations" : `observations up to ${new Date(newestAtMs).toISOString()}`;
      return [
        `${database} is now ${from}: ${nodeCount} ${nodeCount === 1 ? "node" : "nodes"}, ${newest}.`,
        "What was acknowledged after that is not in it, but for what agents still hold; history shows the gap.",
        ...(keptAside === undefined ? [] : [`The database that was there is kept as ${keptAside}`]),
      ].join("\n");
    });
  },
};
