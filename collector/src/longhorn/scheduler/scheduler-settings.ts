/** Longhorn's settings that its scheduler goes by. What a Longhorn does not have yet, or says in another form, counts as the default of its sources. */
import type { LonghornView } from "../../state/longhorn/longhorn-holder.ts";

/** The settings. */
export interface SchedulerSettings {
  /** Whether two replicas of a volume may share a node, a zone, a disk. */
  readonly softAntiAffinity: Readonly<Record<"node" | "zone" | "disk", boolean>>;
  /** Whether who asks for no tags may come to a node or disk that has some. */
  readonly allowsEmptySelector: Readonly<Record<"node" | "disk", boolean>>;
  /** How much may be promised of a disk, less what is reserved; 100 is all of it. */
  readonly overProvisioningPercent: number;
  /** Of which something is to stay free. */
  readonly minimalAvailablePercent: number;
}

/** Reads them. */
export function schedulerSettings({ setting }: Pick<LonghornView, "setting">): SchedulerSettings {
  const flag = (name: string, standard: boolean): boolean => {
    const value = setting(name);
    return value === "true" || (value !== "false" && standard);
  };
  const percent = (name: string, standard: number): number => {
    const value = Number(setting(name)?.trim() || Number.NaN);
    return Number.isFinite(value) && value >= 0 ? value : standard;
  };
  return {
    softAntiAffinity: {
      node: flag("replica-soft-anti-affinity", false),
      zone: flag("replica-zone-soft-anti-affinity", true),
      disk: flag("replica-disk-soft-anti-affinity", true),
    },
    allowsEmptySelector: { node: allowsEmptySelector({ setting }, "node"), disk: allowsEmptySelector({ setting }, "disk") },
    overProvisioningPercent: percent("storage-over-provisioning-percentage", 100),
    minimalAvailablePercent: percent("storage-minimal-available-percentage", 25),
  };
}

/** Whether a first tag takes a node or a disk away from nobody. */
export function allowsEmptySelector({ setting }: Pick<LonghornView, "setting">, of: "node" | "disk"): boolean {
  return setting(emptySelectorSetting(of)) !== "false";
}

/** Name of the setting that says so. */
export function emptySelectorSetting(of: "node" | "disk"): string {
  return `allow-empty-${of}-selector-volume`;
}
