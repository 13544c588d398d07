/** `nodekeeper capture`: records what the probes see of this machine, for bug reports and tests. */
import { resolve } from "node:path";
import { captureHost } from "@nodekeeper/agent/capture";
import { openHost, probes } from "@nodekeeper/agent/doctor";
import { stringOption, switchOption, systemClock } from "@nodekeeper/shared";
import { counted } from "@nodekeeper/shared/readings";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import type { Terminal } from "../terminal.ts";

/** The command. */
export const capture: Command = defineCommand({
  name: "capture",
  operands: [],
  summary: "record this machine as a folder that `doctor --host-root` replays",
  isOffline: true,
  options: {
    output: stringOption({
      description: "the folder to write; it must be empty or not be there yet",
      placeholder: "DIR",
    }),
    redact: switchOption({ description: "replace serial numbers, addresses, names and other identities" }),
    hostRoot: stringOption({ description: "where the host's files lie", placeholder: "DIR", default: "/" }),
  },
  async run({ options, terminal, signal }) {
    const folder = resolve(options.output);
    const host = await openHost(resolve(options.hostRoot), systemClock);
    const result = await captureHost({ host, probes, clock: systemClock, folder, isRedacted: options.redact, signal });
    const replaced = result.replaced === undefined ? undefined : Object.fromEntries(result.replaced);
    return {
      json: { folder, fileCount: result.fileCount, isRedacted: options.redact, ...(replaced === undefined ? {} : { replaced }) },
      text: renderCapture(terminal, folder, result.fileCount, replaced),
      exitCode: exitCodes.ok,
    };
  },
});

function renderCapture(
  terminal: Terminal,
  folder: string,
  fileCount: number,
  replaced: Readonly<Record<string, number>> | undefined,
): string {
  const first = `recorded ${counted(fileCount, "file")} into ${folder}`;
  const replay = `nodekeeper doctor --host-root ${folder} shows what it says; tar -czf recording.tar.gz -C ${folder} . packs it`;
  if (replaced === undefined) {
    const warning = "It holds serial numbers, addresses and names of this machine; --redact replaces them.";
    return [first, terminal.paint("warning", warning), replay].join("\n");
  }
  const counts = Object.entries(replaced).filter(([, count]) => count > 0);
  const width = Math.max(0, ...counts.map(([, count]) => String(count).length));
  return [
    first,
    counts.length === 0 ? "there was nothing to replace" : "replaced, and looked for in every file, name and link afterwards:",
    ...counts.map(([kind, count]) => `  ${String(count).padStart(width)} ${kind}`),
    "What is left describes the machine: models, sizes, software, counters, labels. Look through it before you give it away.",
    replay,
  ].join("\n");
}
