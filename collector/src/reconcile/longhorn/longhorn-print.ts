/** What decisions about every node of Longhorn depend on, apart from the nodes themselves. */
import { emptySelectorSetting } from "../../longhorn/scheduler/scheduler-settings.ts";
import type { LonghornView } from "../../state/longhorn/longhorn-holder.ts";

/** In one text: how much is known, and the settings by which a first tag is allowed. Volumes and replicas concern only who takes something away. */
export function longhornPrint({ knowledge, setting, version = "" }: Omit<LonghornView, "subscribe">): string {
  const problem = knowledge.kind === "absent" ? "" : (knowledge.problem ?? "");
  const settings = (["node", "disk"] as const).map((of) => setting(emptySelectorSetting(of)) ?? "");
  return [knowledge.kind, problem, version, ...settings].join("\n");
}
