/**
 * What the agent costs, against its promise. `node test/bench/agent/main.ts [--minutes 15] [--form run --form split] [--plain]`, after a build, as root for
 * everything that it reads. Ends with 1 when a bound is missed by more than a quarter.
 */
import { choiceOption, integerOption, listOption, readOptions, switchOption } from "@nodekeeper/shared";
import { formatSize } from "@nodekeeper/shared/format";
import { type Cost, measure } from "./measure.ts";

/** The promise, for `agent run`. Two processes hold two runtimes, so the pair is measured and shown without a memory bound. */
const bounds = { cpuPercent: 0.2, residentBytes: 85e6, anonymousBytes: 35e6, writtenBytesPerDay: 50e6 };
const tolerance = 1.25;
const allowedChildren = ["smartctl", "busctl", "systemd-inhibit"];

const options = readOptions(
  {
    minutes: integerOption({ description: "how long to measure", default: "15", minimum: 1, maximum: 1440 }),
    form: listOption(choiceOption({ description: "which form; default both", choices: ["run", "split"] })),
    plain: switchOption({ description: "without TLS and credential, as on loopback" }),
  },
  { args: process.argv.slice(2), env: {}, envPrefix: "NODEKEEPER_BENCH_" },
);

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());

let misses = 0;
for (const form of options.form.length === 0 ? (["run", "split"] as const) : options.form) {
  const cost = await measure(form, options.plain, options.minutes, interrupted.signal);
  console.log(
    `\nagent ${cost.form}${options.plain ? ", in plain" : ", by TLS"}, ${cost.minutes} min after the first, Node ${process.version}`,
  );
  for (const line of rows(cost)) console.log(line);
}
process.exitCode = misses > 0 ? 1 : 0;

function rows(cost: Cost): readonly string[] {
  const isBound = cost.form === "run";
  const strangers = cost.children.filter((name) => !allowedChildren.includes(name));
  if (strangers.length > 0) misses += 1;
  return [
    row("CPU of one core, children included", cost.cpuPercent, bounds.cpuPercent, (value) => `${value.toFixed(3)} %`),
    row("resident memory, highest", cost.residentBytes, isBound ? bounds.residentBytes : Number.POSITIVE_INFINITY, formatSize),
    row("anonymous memory, highest", cost.anonymousBytes, isBound ? bounds.anonymousBytes : Number.POSITIVE_INFINITY, formatSize),
    row("written to storage in a day", cost.writtenBytesPerDay, bounds.writtenBytesPerDay, formatSize),
    `  ${"children seen".padEnd(36)}${cost.children.join(", ") || "none"}${strangers.length > 0 ? `  MISSED: not allowed: ${strangers.join(", ")}` : ""}`,
  ];
}

function row(title: string, value: number, bound: number, format: (value: number) => string): string {
  const isMissed = !(value <= bound * tolerance);
  if (isMissed) misses += 1;
  const verdict =
    bound === Number.POSITIVE_INFINITY
      ? ""
      : `bound ${format(bound)}${isMissed ? "  MISSED" : value > bound ? "  above, within the tolerance" : ""}`;
  return `  ${title.padEnd(36)}${format(value).padEnd(12)}${verdict}`;
}
