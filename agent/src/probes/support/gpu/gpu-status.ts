/** The subject `gpu_status`: what a GPU's driver says of it, by its turn in this run. Pure. */
import { absentSubject, failedSubject, okSubject, type SubjectReference } from "../../../payload.ts";
import { type Section, sectionOf } from "../section.ts";
import { gpuIdentity } from "./gpu-identity.ts";
import { driverGpuOf, nvidiaStatus } from "./nvidia-status.ts";
import type { DriverAnswer, ReadGpu } from "./raw-gpu.ts";
import { sysfsStatus } from "./sysfs-status.ts";

/** A section, and what of it an earlier run read. */
export interface StatusSection extends Section {
  readonly carried: readonly SubjectReference[];
}

/** What is said of a GPU's state. One that was left alone is said as it was last read; without such a reading nothing of it is known. */
export function statusSection(gpu: ReadGpu, driver: DriverAnswer): StatusSection {
  const { id, turn } = gpu;
  const carried: readonly SubjectReference[] = [{ kind: "gpu_status", id }];
  switch (turn.kind) {
    case "asleep":
    case "resting":
      return { subject: okSubject("gpu_status", id, {}), samples: [], carried };
    case "resting after failure":
      return { subject: failedSubject("gpu_status", id, turn.error), samples: [], carried };
    case "unreadable":
      return { subject: failedSubject("gpu_status", id, turn.error), samples: [], carried: [] };
    case "mute":
      return { subject: absentSubject("gpu_status", id), samples: [], carried: [] };
    case "ask":
      return { ...askedSection(gpu, driver), carried: [] };
  }
}

function askedSection(gpu: ReadGpu, driver: DriverAnswer): Section {
  return sectionOf("gpu_status", gpu.id, () => {
    if (gpuIdentity(gpu).vendor !== "nvidia") return sysfsStatus(gpu);
    const answer = driverGpuOf(gpu.id, driver);
    return nvidiaStatus(answer.gpu, answer.reading);
  });
}
