/** What is wrong with GPUs: those that cannot be used, that their hardware slows down, and whose memory has faults. */
import { formatCelsius } from "../../format.ts";
import { booleanField, textField } from "../fields.ts";
import { byGravity, counted, type Trouble, type TroubleLevel } from "../trouble.ts";
import { type GpuReading, gpuReadings, hasOwnMemory } from "./gpu-reading.ts";
import { type GpuProblem, gpuState } from "./gpu-state.ts";
import type { MachineFacts } from "./gpu-users.ts";

/** That the agent may not ask is no trouble of the GPU: it stands with what could not be told. */
const levels: Readonly<Record<Exclude<GpuProblem, "permission-denied">, TroubleLevel>> = {
  lost: "high",
  gone: "medium",
  "driver-mismatch": "medium",
  "driver-missing": "low",
};

/** Of all of them. */
export function gpuTroubles(facts: MachineFacts, nowMs: number): readonly Trouble[] {
  return gpuReadings(facts)
    .filter(hasOwnMemory)
    .flatMap((gpu) => [...problem(gpu, facts, nowMs), ...gpuHardwareTroubles(gpu)]);
}

/** Of the hardware of one that is read: what slows it down that should not, and faults of its memory. Its verdict says the rest. */
export function gpuHardwareTroubles(gpu: GpuReading): readonly Trouble[] {
  return byGravity([...limits(gpu), ...memoryFaults(gpu)]);
}

function problem(gpu: GpuReading, facts: MachineFacts, nowMs: number): readonly Trouble[] {
  const { problem: found, text } = gpuState(gpu, facts, nowMs);
  return found === undefined || found === "permission-denied" ? [] : [{ level: levels[found], place: gpu.name, text }];
}

function limits({ status, isAsleep, name }: GpuReading): readonly Trouble[] {
  if (status?.outcome !== "ok" || isAsleep) return [];
  const celsius = status.samples["temperature_celsius"];
  const at = celsius === undefined ? "" : ` (${formatCelsius(celsius)})`;
  return [
    ...(status.samples["is_limited_by_hardware_thermal"] === 1
      ? [{ level: "medium" as const, place: name, text: `its hardware slows it down for heat${at}` }]
      : []),
    ...(status.samples["is_limited_by_power_brake"] === 1
      ? [{ level: "medium" as const, place: name, text: "its power supply holds it back (power brake)" }]
      : []),
  ];
}

function memoryFaults({ status, name }: GpuReading): readonly Trouble[] {
  if (status === undefined || status.outcome !== "ok") return [];
  const errors = status.samples["ecc_uncorrected_errors_total"] ?? 0;
  const action = textField(status, "recoveryAction");
  const isWaiting =
    booleanField(status, "isRowRemapPending") === true || booleanField(status, "isPageRetirementPending") === true;
  const faults: readonly (readonly [boolean, TroubleLevel, string])[] = [
    [booleanField(status, "hasRowRemapFailed") === true, "high", "a faulty row of its memory could not be replaced"],
    [isWaiting, "medium", "a faulty part of its memory waits to be taken out of use"],
    [errors > 0, "medium", `${counted(errors, "error")} of its memory could not be corrected since the driver was loaded`],
    [action !== "" && action !== "none", "medium", `its driver asks for ${action.replaceAll("-", " ")}`],
  ];
  return faults.flatMap(([isSo, level, text]) => (isSo ? [{ level, place: name, text }] : []));
}
