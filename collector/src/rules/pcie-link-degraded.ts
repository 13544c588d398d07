/**
 * The PCIe link of a disk or a GPU is narrower or slower than it was and could be: a bad contact, dust in the slot, a riser, a board that retrains after
 * errors. Only against what was seen of the same device in the same slot: boards have slots with fewer lanes than the connector promises, and that is no
 * fault. The speed of a GPU falls when it idles, so of GPUs only the lanes count. And a link that makes errors all the time, though they are mended.
 */
import { type BlockDevice, type Gpu, GpuPower, Outcome, type PcieLink } from "@nodekeeper/proto";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { linkKey } from "../inventory/stock-of-links.ts";
import { isFreshAndOk, type NodeView, type SubjectView, valuesOf } from "../state/node-view.ts";
import { evidenceOf } from "./support/evidence.ts";
import { gpuNames } from "./support/gpu-names.ts";

const hourMs = 3_600_000;
/** Mended errors in a minute that a sound link does not make in a day. */
const manyPerMinute = 10;

export const pcieLinkDegraded: Rule = defineRule({
  code: "pcie-link-degraded",
  title: "PCIe link worse than it was",
  severity: "medium",
  holdMs: 10 * 60_000, // a link that is just being trained
  clearMs: hourMs, // one with a bad contact comes and goes
  dependsOn: ["node-not-reporting"],
  evaluate: (view) => {
    const nameOf = gpuNames(view);
    return [
      ...valuesOf(view, "blockDevice").flatMap(({ subject, value }) => ofDisk(subject, value, view)),
      ...valuesOf(view, "gpu").flatMap(({ subject, value }) => ofGpu(subject, value, view, nameOf(subject.id))),
    ];
  },
});

function ofDisk(told: SubjectView, disk: BlockDevice, view: NodeView): readonly Verdict[] {
  if (disk.pcieLink === undefined) return [];
  return [judge(told, disk.pcieLink, view, { name: `${disk.model || told.id} (${disk.name})`, hasSpeed: true })];
}

function ofGpu(told: SubjectView, gpu: Gpu, view: NodeView, name: string): readonly Verdict[] {
  if (gpu.pcieLink === undefined || gpu.isIntegrated === true) return [];
  if (gpu.power === GpuPower.ASLEEP) {
    return [{ kind: "hold", subject: { kind: told.kind, id: told.id }, reason: "it sleeps, and its link with it" }];
  }
  return [judge(told, gpu.pcieLink, view, { name, hasSpeed: false })];
}

function judge(
  told: SubjectView,
  link: PcieLink,
  view: NodeView,
  { name, hasSpeed }: { readonly name: string; readonly hasSpeed: boolean },
): Verdict {
  const subject = { kind: told.kind, id: told.id };
  if (told.outcome === Outcome.ABSENT) return { kind: "clear", subject };
  const { laneCount, gigatransfersPerSecond: speed, maximumLaneCount, maximumGigatransfersPerSecond } = link;
  if (!isFreshAndOk(told) || link.isSuspended === true || laneCount === undefined || speed === undefined) {
    return { kind: "hold", subject, reason: "its link is not known now" };
  }
  const seen = view.node.inventory?.links?.[linkKey(told)];
  const best = seen?.address === link.address ? seen : undefined;
  const bestLanes = Math.min(best?.laneCount ?? laneCount, maximumLaneCount ?? laneCount);
  const bestSpeed = Math.min(best?.gigatransfersPerSecond ?? speed, maximumGigatransfersPerSecond ?? speed);
  const isNarrow = laneCount < bestLanes;
  const isSlow = hasSpeed && speed < bestSpeed;
  const errorsPerMinute = correctedPerMinute(told);
  const isNoisy = errorsPerMinute !== undefined && errorsPerMinute >= manyPerMinute;
  if (!isNarrow && !isSlow && !isNoisy) return { kind: "clear", subject };
  const said = [
    ...(isNarrow ? [`it has ${laneCount} of ${bestLanes} lanes`] : []),
    ...(isSlow ? [`it runs at ${speed} of ${bestSpeed} GT/s`] : []),
    ...(isNoisy ? [`its link makes more than ${manyPerMinute} errors a minute, which are mended`] : []),
  ];
  const facts = {
    address: link.address,
    lane_count: laneCount,
    best_lane_count_seen: best?.laneCount,
    gigatransfers_per_second: speed,
    best_gigatransfers_per_second_seen: best?.gigatransfersPerSecond,
    aer_correctable_errors_total: told.samples.get("aer_correctable_errors_total"),
  };
  return {
    kind: "raise",
    subject,
    severity: isNarrow || isSlow ? "medium" : "low",
    text: `${name}: ${said.join(", ")}`,
    action: "Switch the machine off, and seat it anew: look at slot, riser or ribbon cable and at dust on the contacts.",
    evidence: evidenceOf(facts, told.readAtMs ?? told.observedAtMs),
    measure: { name: "lanes_lost", level: bestLanes - laneCount },
  };
}

/** By the last two readings; undefined where there are none, or the counter began anew. */
function correctedPerMinute({ samples, samplesAtMs, previousSamples, previousSamplesAtMs }: SubjectView): number | undefined {
  const now = samples.get("aer_correctable_errors_total");
  const before = previousSamples?.get("aer_correctable_errors_total");
  if (now === undefined || before === undefined || samplesAtMs === undefined || previousSamplesAtMs === undefined)
    return undefined;
  const minutes = (samplesAtMs - previousSamplesAtMs) / 60_000;
  return minutes > 0 && now >= before ? (now - before) / minutes : undefined;
}
