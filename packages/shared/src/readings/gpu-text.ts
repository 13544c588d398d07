/** What a GPU is and does, in words. What it is good for at the moment is judged in gpu/gpu-state.ts. */
import type { SubjectBody } from "../api/node.ts";
import { booleanField, hasField, innerSubject, innerSubjects, numberField, textField } from "./fields.ts";
import type { GpuReading } from "./gpu/gpu-reading.ts";
import type { GpuState } from "./gpu/gpu-state.ts";
import { ownerPlace } from "./process-owner.ts";
import { counted } from "./trouble.ts";

/** An instance of a GPU that is cut (MIG). */
export interface GpuPart {
  /** Lasting: two may have the same profile. */
  readonly id: string;
  /** Its profile, e.g. "3g.20gb". */
  readonly name: string;
  readonly usedBytes: number | undefined;
  readonly totalBytes: number | undefined;
}

const problemWords: Readonly<Record<NonNullable<GpuState["problem"]>, string>> = {
  gone: "gone",
  "driver-missing": "no driver",
  "driver-mismatch": "driver mismatch",
  "permission-denied": "no permission",
  lost: "off the bus",
};

/** Why clocks are lower than they could be; being idle and a wish of its owner are no trouble, and not named. */
const slowdowns: readonly (readonly [sample: string, text: string])[] = [
  ["is_limited_by_power_cap", "its power limit"],
  ["is_limited_by_hardware_thermal", "heat (hardware)"],
  ["is_limited_by_software_thermal", "heat (driver)"],
  ["is_limited_by_power_brake", "its power supply"],
  ["is_limited_by_hardware_slowdown", "its hardware"],
];

/** Processes that a line names. */
const namedHolders = 4;

/** Where it sits, without the domain that nearly every machine has: "01:00.0". */
export function gpuPlace(id: string): string {
  return id.replace(/^0000:/, "");
}

/** What people call it, without the vendor that everybody knows by it: "GeForce RTX 5070 Ti". */
export function gpuShortName({ name }: Pick<GpuReading, "name">): string {
  return name.replace(/^NVIDIA (?=\S)/, "");
}

/** Its state in two words at most: "free", "asleep", "off the bus". */
export function gpuWord({ verdict, problem }: Pick<GpuState, "verdict" | "problem">): string {
  return problem === undefined ? verdict : problemWords[problem];
}

/** Who has a GPU open, and so keeps it awake: "ollama (ollama.service) and 2 more"; "" where nobody has, or nothing is known. */
export function gpuHoldersText(gpu: SubjectBody): string {
  const sleep = innerSubject(gpu, "sleep");
  const names = [...new Set(innerSubjects(sleep, "holders").map(holderText))];
  const count = numberField(sleep, "holderCount") ?? 0;
  const shown = names.slice(0, namedHolders);
  if (shown.length === 0) return count === 0 ? "" : counted(count, "process", "processes");
  return `${shown.join(", ")}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ""}`;
}

/** Why it is awake: "kept awake by ollama (ollama.service)", "cannot sleep: …"; "" where nothing is known, or nothing stands in its way. */
export function gpuAwakeText(gpu: SubjectBody): string {
  if (!hasField(gpu, "sleep") || textField(gpu, "power") === "asleep") return "";
  const sleep = innerSubject(gpu, "sleep");
  if (booleanField(sleep, "isPossible") === false) {
    const because = textField(sleep, "impossibleBecause").replace(/\.$/, "");
    return `cannot sleep${because === "" ? "" : `: ${because}`}`;
  }
  const holders = gpuHoldersText(gpu);
  return holders === "" ? "" : `kept awake by ${holders}`;
}

/** Why its clocks are lower than they could be: "slowed by its power limit"; "" where nothing slows it, or that is not known. */
export function gpuSlowedText(status: SubjectBody | undefined): string {
  const reasons = slowdowns.filter(([sample]) => status?.samples[sample] === 1).map(([, text]) => text);
  return reasons.length === 0 ? "" : `slowed by ${reasons.join(" and ")}`;
}

/** Instances of one that is cut; empty for others. */
export function gpuParts(status: SubjectBody | undefined): readonly GpuPart[] {
  if (status === undefined) return [];
  return innerSubjects(status, "instances").map((instance) => ({
    id: textField(instance, "uuid"),
    name: textField(instance, "profile") || textField(instance, "uuid"),
    usedBytes: numberField(instance, "memoryUsedBytes"),
    totalBytes: numberField(instance, "memoryTotalBytes"),
  }));
}

/** A process by what it belongs to: "ollama (ollama.service)", "python3 (ml/trainer-0)", "steam (mika)". */
function holderText(owner: SubjectBody): string {
  const pid = numberField(owner, "pidNumber");
  const name = textField(owner, "processName") || (pid === undefined ? "a process" : `process ${pid}`);
  const place = ownerPlace(owner);
  return place === "" ? name : `${name} (${place})`;
}
