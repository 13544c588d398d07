/** list_gpus: every GPU and whether it is free. */
import type { GpuAvailability } from "@nodekeeper/shared/api";
import { Type } from "typebox";
import { freshnessText, gpuList } from "./support/tell-gpus.ts";
import { defineTool, type Tool } from "./support/tool.ts";

/** How each verdict reads in a count. */
const words: Readonly<Record<GpuAvailability["verdict"], string>> = {
  now: "free",
  "after-waking": "asleep and free",
  "after-unload": "free after an unload",
  taken: "in use",
  reserved: "reserved",
  unknown: "of unknown state",
  off: "off",
  never: "unusable",
};

/** All GPUs that compute, the freest first. */
export const listGpus: Tool = defineTool({
  name: "list_gpus",
  title: "List GPUs",
  description:
    "Lists the GPUs of all machines with their state now: verdict (now = free, after-waking = asleep and free, taken = in use, reserved, off = its machine " +
    "is off, never = unusable, unknown), why, free memory in GiB and how fresh that is. The freest come first. Use it to answer which GPUs there are and " +
    "what they do. It wakes and changes nothing.",
  access: "gpu:read",
  parameters: Type.Object({
    only_free: Type.Optional(Type.Boolean({ description: "True: only GPUs that are free now, or asleep and free." })),
  }),
  async handle({ gpuAnswers, clock }, { only_free: onlyFree = false }) {
    const { gpus } = await gpuAnswers.judged({});
    const nowMs = clock.wallMs();
    const free = gpus.filter(({ verdict }) => verdict === "now" || verdict === "after-waking");
    const shown = onlyFree ? free : gpus;
    return { text: summary(gpus, nowMs), list: gpuList(shown, nowMs) };
  },
});

function summary(gpus: readonly GpuAvailability[], nowMs: number): string {
  const [best] = gpus;
  if (best === undefined) return "no GPU is known: no machine with one has reported yet";
  const counts = Object.entries(words).flatMap(([verdict, word]) => {
    const count = gpus.filter((gpu) => gpu.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  const total = gpus.length === 1 ? "1 GPU" : `${gpus.length} GPUs`;
  return `${total}: ${counts.join(", ")}; the freest is the ${best.name} of ${best.node}: ${best.text}${freshnessText(best, nowMs)}`;
}
