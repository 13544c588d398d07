/** NVMe controllers that stopped, timed out or vanished in the last week, by the kernel log: what weak power does to them. */
import { type KernelFault, Outcome } from "@nodekeeper/proto";
import { type NodeView, valuesOf } from "../../state/node-view.ts";
import { onOurClock } from "./node-clock.ts";
import { rememberedForMs } from "./weak-power.ts";

/** What happened to one controller. */
export interface NvmeReset {
  readonly device: string;
  readonly count: number;
  /** The last such line. */
  readonly message: string;
}

const codes: ReadonlySet<string> = new Set(["nvme-controller-reset", "nvme-timeout", "nvme-controller-lost"]);

/** True for a fault that says so; media errors are the drive's own. */
export function isNvmeReset({ code }: Pick<KernelFault, "code">): boolean {
  return codes.has(code);
}

/** All of this boot of which the last is not longer ago than what is remembered of weak power. */
export function nvmeResets(view: NodeView): readonly NvmeReset[] {
  return valuesOf(view, "kernelFault").flatMap(({ subject, value }) => {
    if (subject.outcome !== Outcome.OK || subject.freshness !== "fresh" || !isNvmeReset(value)) return [];
    const lastAtMs = onOurClock(value.lastAtUnixMs, view);
    if (lastAtMs !== undefined && view.nowMs - lastAtMs >= rememberedForMs) return [];
    return [{ device: value.device, count: subject.samples.get("occurrences_total") ?? 1, message: value.message }];
  });
}
