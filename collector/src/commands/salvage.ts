/** `collector salvage`: a new database of what can be read of a damaged one. */
import { optionsHelp } from "@nodekeeper/shared";
import { finishSalvage, salvageDatabase } from "../store/salvage/salvage-database.ts";
import { describeSalvage, isLossy } from "../store/salvage/salvage-report.ts";
import { type Command, dataDirOption, readCommandOptions, whileLocked } from "./command.ts";

const options = { dataDir: dataDirOption };

/** The command. */
export const salvageCommand: Command = {
  name: "salvage",
  summary: "make a new database of what can be read of a damaged one, while no collector runs",
  help: () =>
    [
      "Usage: collector salvage [--data-dir DIR]",
      "",
      "Makes a new database of every row that can be read of a damaged one, also around pages that cannot be read, and says of each",
      "table what was saved and what was lost. The damaged database is kept aside under a dated name, unchanged. No collector may",
      "run on the folder. Where there is a backup that is recent enough, restoring it is better.",
      "",
      optionsHelp(options),
    ].join("\n"),
  run(sources) {
    const { dataDir } = readCommandOptions(options, sources);
    return whileLocked(dataDir, ({ database }) => {
      if (finishSalvage(database, sources.nowMs)) {
        return `${database} is a new database now: an earlier salvage had made it and was interrupted before it could say what is lost.`;
      }
      const report = salvageDatabase(database, sources.nowMs);
      const verdict = isLossy(report) ? "a part of it is lost" : "all of it was saved";
      return `${database} is a new database now; ${verdict}:\n${describeSalvage(report)}`;
    });
  },
};
