/** What decisions about every Node depend on of Longhorn as a whole, apart from its nodes. */
import type { LonghornView } from "../../state/longhorn/longhorn-holder.ts";

/** All that decide-defaults.ts and default-disks.ts ask for. */
const settings = [
  "create-default-disk-labeled-nodes",
  "default-data-path",
  "allow-empty-node-selector-volume",
  "allow-empty-disk-selector-volume",
  "storage-reserved-percentage-for-default-disk",
];

/** In one text: whether there is a Longhorn, and its settings for new nodes. */
export function defaultsPrint({ knowledge, setting }: Pick<LonghornView, "knowledge" | "setting">): string {
  return [knowledge.kind, ...settings.map((name) => setting(name) ?? "")].join("\n");
}
