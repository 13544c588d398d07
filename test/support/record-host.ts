/** A program: records a host into a folder and prints the report. `node record-host.ts FOLDER [ROOT]`, where ROOT is / by default. */
import { createRecordingHost, openHost } from "../../agent/src/doctor.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { reportOf } from "./report.ts";

const [folder, root = "/"] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node record-host.ts FOLDER [ROOT]");
const recorder = await createRecordingHost(await openHost(root, systemClock), folder);
const report = await reportOf(recorder);
await recorder.finish();
process.stdout.write(JSON.stringify(report));
