/** The machine as policies speak of it. Pure. */
import { create } from "@bufbuild/protobuf";
import { type Board, type MachineFacts, MachineFactsSchema } from "@nodekeeper/proto";
import type { ProbeState } from "../../state/node-state.ts";
import { boardWord } from "./board-word.ts";
import { type ToldSubject, toldSubject } from "./heard-probe.ts";
import { known } from "./known-value.ts";

const gib = 2 ** 30;

/** Names of uname as Kubernetes (and Go) has them; others are the same. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
  armv7l: "arm",
  armv6l: "arm",
  i686: "386",
  i386: "386",
  loongarch64: "loong64",
};

/** What the probe `system` says of it; a part that could not be read is unknown. */
export function machineFacts(probe: ProbeState): MachineFacts {
  const system = toldSubject(probe, "operating_system")?.value;
  const cpu = toldSubject(probe, "cpu")?.value;
  const memory = toldSubject(probe, "memory")?.value;
  return create(MachineFactsSchema, {
    ...(system?.case === "operatingSystem"
      ? {
          ...known("architecture", architectures[system.value.architecture] ?? system.value.architecture),
          ...known("kernelRelease", system.value.kernelRelease),
          ...known("osId", system.value.id),
          osVersion: system.value.versionId,
          virtualization: system.value.virtualization,
        }
      : {}),
    ...boardFacts(toldSubject(probe, "board")),
    ...known("cpuCount", cpu?.case === "cpu" ? cpu.value.logicalCount : undefined),
    ...known("memoryGib", memory?.case === "memory" ? gibOf(memory.value.totalBytes) : undefined),
  });
}

function boardFacts(told: ToldSubject | undefined): Partial<Pick<MachineFacts, "vendor" | "productName" | "board">> {
  if (told?.isAbsent === true) return { vendor: "", productName: "", board: "" };
  return told?.value?.case === "board" ? ofBoard(told.value.value) : {};
}

function ofBoard({ vendor, productName }: Board): Pick<MachineFacts, "vendor" | "productName" | "board"> {
  return { vendor, productName, board: boardWord(productName) };
}

function gibOf(bytes: bigint | undefined): number | undefined {
  return bytes === undefined ? undefined : Math.round(Number(bytes) / gib);
}
