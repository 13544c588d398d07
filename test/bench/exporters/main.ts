/**
 * What the agent's facts cost beside what the exporters of Prometheus take for theirs: CPU time, children included, in one guest with an NVMe
 * disk, at the same time. `node test/bench/exporters/main.ts [--minutes 15] [--smartctl-exporter PATH]`, after a build. The exporters are those of
 * this machine: prometheus-node-exporter, and smartctl_exporter, each a static program or one that needs only the C library.
 * Ends with 1 when the ratio is above 1.0, and with 2 when something that it needs is not there.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { integerOption, readOptions, stringOption } from "@nodekeeper/shared";
import { missingBundles } from "../../e2e/installation.ts";
import { missingForGuests } from "../../vm/requirements.ts";
import { findTool } from "../../vm/tool.ts";
import { type GroupUsage, measureSideBySide } from "./side-by-side.ts";

/** At most this part of what the exporters take. */
const bound = 1.0;

const options = readOptions(
  {
    minutes: integerOption({ description: "how long to measure", default: "15", minimum: 1, maximum: 1440 }),
    nodeExporter: stringOption({ description: "the program", placeholder: "PATH", default: "prometheus-node-exporter" }),
    smartctlExporter: stringOption({ description: "the program", placeholder: "PATH", default: "smartctl_exporter" }),
  },
  { args: process.argv.slice(2), env: {}, envPrefix: "NODEKEEPER_BENCH_" },
);

const nodeExporter = program(options.nodeExporter);
const smartctlExporter = program(options.smartctlExporter);
const missing =
  missingBundles() ??
  (await missingForGuests()) ??
  (nodeExporter === undefined
    ? `${options.nodeExporter} is not there; Debian: apt-get install prometheus-node-exporter`
    : undefined) ??
  (smartctlExporter === undefined ? `${options.smartctlExporter} is not there: give its path by --smartctl-exporter` : undefined);

if (missing !== undefined || nodeExporter === undefined || smartctlExporter === undefined) {
  process.stderr.write(`cannot measure: ${missing}\n`);
  process.exitCode = 2;
} else {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  const { minutes } = options;
  const usages = await measureSideBySide({ minutes, nodeExporter, smartctlExporter, signal: interrupted.signal });
  console.log(`\n${minutes} min after the first two, Node ${process.version}; CPU time a minute, children included`);
  for (const line of table(usages)) console.log(line);
  const ours = usages.agent.cpuMs;
  const theirs = usages["node-exporter"].cpuMs + usages["smartctl-exporter"].cpuMs;
  const ratio = ours / theirs;
  console.log(`ratio ${ratio.toFixed(3)}, at most ${bound.toFixed(1)}${ratio > bound ? "  MISSED" : ""}`);
  process.exitCode = ratio > bound ? 1 : 0;
}

/** A path as it is, a name by PATH; undefined when it is not there. */
function program(name: string): string | undefined {
  if (!name.includes("/")) return findTool(name);
  return existsSync(name) ? resolve(name) : undefined;
}

function table(usages: Readonly<Record<string, GroupUsage>>): readonly string[] {
  return Object.entries(usages).map(([name, { cpuMs, userMs, systemMs, elapsedMs, scrapes }]) => {
    const perMinute = (value: number): string => ((value * 60_000) / elapsedMs).toFixed(1).padStart(8);
    const answers = scrapes === undefined ? "" : `   ${scrapes} scrapes`;
    return `  ${name.padEnd(20)}${perMinute(cpuMs)} ms  (user ${perMinute(userMs)}, system ${perMinute(systemMs)})${answers}`;
  });
}
