/** A program, to be bundled: prints what all probes make of a recorded host. `node print-report.js FOLDER` */
import { openHost } from "../../agent/src/doctor.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { reportOf } from "../support/report.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node print-report.js FOLDER");
process.stdout.write(`${JSON.stringify(await reportOf(await openHost(folder, systemClock)), undefined, 2)}\n`);
