/** What machines of tests say, probe by probe. */
import { LonghornCheckLevel, Outcome } from "@nodekeeper/proto";
import type { Said, Thing } from "../../test-support/judge-machine.ts";

/** Its disks, of which each has an id. */
export function toldDisks(...ids: readonly string[]): Said {
  const things = ids.map((id): Thing => ({ kind: "block_device", id, value: { case: "blockDevice", value: { name: id } } }));
  return { probe: "disks", things, whole: ["block_device"] };
}

/** The health of an NVMe disk. */
export function toldHealth(criticalWarning = 0, id = "nvme.1"): Said {
  return { probe: "smart", things: [healthOf(id, criticalWarning)], whole: ["disk_health"] };
}

/** The same as a thing. */
export function healthOf(id: string, criticalWarning: number): Thing {
  const nvme = { criticalWarning, availableSparePercent: 100, availableSpareThresholdPercent: 10, percentageUsed: 3 };
  return { kind: "disk_health", id, value: { case: "diskHealth", value: { device: `/dev/${id}`, modelName: "A disk", nvme } } };
}

/** Tailscale's daemon. */
export function toldTailscale(
  backendState: string,
  more: { readonly isOnline?: boolean; readonly isKeyExpired?: boolean } = {},
): Said {
  const value = { case: "tailscale", value: { backendState, isOnline: true, isKeyExpired: false, ...more } } as const;
  return { probe: "tailscale", things: [{ kind: "tailscale", value }] };
}

/** A GPU, and what its driver says of it. */
export function toldGpu(
  gpu: { readonly vendor?: string; readonly isIntegrated?: boolean; readonly driver?: string },
  failure?: string,
): Said {
  const id = "0000:01:00.0";
  const value = { vendor: "nvidia", driver: "nvidia", productName: "NVIDIA GeForce RTX 3050 Ti", isIntegrated: false, ...gpu };
  const status: Thing =
    failure === undefined
      ? { kind: "gpu_status", id, value: { case: "gpuStatus", value: {} } }
      : { kind: "gpu_status", id, failure };
  return {
    probe: "gpu",
    things: [{ kind: "gpu", id, value: { case: "gpu", value } }, status],
    whole: ["gpu", "gpu_status"],
  };
}

/** A machine without a GPU, whose list is whole. */
export const noGpus: Said = { probe: "gpu", things: [], whole: ["gpu", "gpu_status"] };

/** What Longhorn needs, where Longhorn is or is not, and one check that came out so. */
export function toldLonghorn(isLonghornHere: boolean, level: LonghornCheckLevel = LonghornCheckLevel.INFO): Said {
  const check = (id: string, value: object): Thing => ({
    kind: "longhorn_check",
    id,
    value: { case: "longhornCheck", value: { level: LonghornCheckLevel.INFO, ...value } },
  });
  const things = [
    check("disk-folders", { isLonghornHere }),
    check("iscsid", { level, message: "The service iscsid does not run." }),
  ];
  return { probe: "longhorn", things, whole: ["longhorn_check", "longhorn_path"] };
}

/** A probe that looked, and found that the machine has nothing of the kind. */
export function toldAbsent(probe: string): Said {
  return { probe, outcome: Outcome.ABSENT };
}

/** A probe that failed. */
export function toldFailure(probe: string, failure: string): Said {
  return { probe, outcome: Outcome.FAILED, failure };
}
