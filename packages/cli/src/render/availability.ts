/** Which GPU is free: the answer in one sentence, and a line of each GPU, the best first. */
import type { GpuAvailability, GpuAvailabilityList } from "@nodekeeper/shared/api";
import { formatAgo, formatSize } from "@nodekeeper/shared/format";
import { gpuShortName } from "@nodekeeper/shared/readings";
import { type Column, renderTable } from "../table.ts";
import type { Terminal, Tone } from "../terminal.ts";
import { wrap } from "../wrap.ts";

const columns: readonly Column[] = [
  { title: "NODE" },
  { title: "GPU", minimumWidth: 19 },
  { title: "VERDICT" },
  { title: "FREE", align: "right" },
  { title: "OF", align: "right", isOptional: true },
  { title: "READ", isOptional: true },
  { title: "WHY", isWrapped: true },
];

const tones: Readonly<Record<GpuAvailability["verdict"], Tone>> = {
  now: "good",
  "after-waking": "good",
  "after-unload": "plain",
  taken: "warning",
  reserved: "warning",
  unknown: "warning",
  off: "quiet",
  never: "quiet",
};

/** The answer. */
export function renderAvailability(terminal: Terminal, { text, gpus, leftOut }: GpuAvailabilityList, nowMs: number): string {
  const sentence = wrap(text, terminal.width)
    .map((line) => terminal.paint("strong", line))
    .join("\n");
  if (gpus.length === 0) return sentence;
  const rows = gpus.map(({ node, name, verdict, freeBytes, capacityBytes, readAt, unloadLastUsedAt: usedAt, text }) => [
    node,
    gpuShortName({ name }),
    { text: verdict, tone: tones[verdict] },
    freeBytes === undefined ? "" : formatSize(freeBytes),
    capacityBytes === undefined ? "" : formatSize(capacityBytes),
    readAt === undefined ? "" : formatAgo(readAt, nowMs),
    usedAt === undefined ? text : `${text} (used about ${formatAgo(usedAt, nowMs)})`,
  ]);
  const more = leftOut === 0 ? "" : `\n${terminal.paint("quiet", `and ${leftOut} more, none of them better`)}`;
  return `${sentence}\n\n${renderTable(terminal, columns, rows)}${more}`;
}
