/** What the store costs. `node test/bench/store/main.ts [transport|commits|day|restore|backup|designs …]`; two minutes without arguments. */
import { cpus, loadavg } from "node:os";
import { measureBackup } from "./backup.ts";
import type { BenchRow } from "./bench-store.ts";
import { measureCommits } from "./commits.ts";
import { measureDay } from "./day.ts";
import { measureDesigns } from "./designs.ts";
import { measureRestore } from "./restore.ts";
import { measureTransport } from "./transport.ts";

const measurements: Readonly<Record<string, () => Promise<readonly BenchRow[]> | readonly BenchRow[]>> = {
  transport: measureTransport,
  commits: measureCommits,
  day: measureDay,
  restore: measureRestore,
  backup: measureBackup,
  designs: measureDesigns,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in measurements));
if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(", ")}: choose among ${Object.keys(measurements).join(", ")}`);
  process.exitCode = 64;
} else {
  console.log(`Node ${process.version}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)} before it began\n`);
  for (const name of asked.length === 0 ? Object.keys(measurements) : asked) {
    const rows = (await measurements[name]?.()) ?? [];
    console.log(`| ${name} | |\n| --- | --- |`);
    for (const { what, value } of rows) console.log(`| ${what} | ${value} |`);
    console.log("");
  }
}
