/**
 * What a GPU is good for at the moment: the verdict that people and routers ask for. Pure; silence is never a fact: what is old is unknown,
 * and a GPU that sleeps is told with the age of what is known of it.
 */
import type { Failure } from "../../api/common.ts";
import type { SubjectBody } from "../../api/node.ts";
import { formatAgo, formatPercent, formatSize } from "../../format.ts";
import { innerSubject, numberField, textField } from "../fields.ts";
import { presentSubjects } from "../subjects.ts";
import { gpuMemory } from "./gpu-memory.ts";
import { canCompute, type GpuReading, gpuReadings, hasOwnMemory, isLent } from "./gpu-reading.ts";
import { foreignUsers, type GpuUser, type MachineFacts, memoryOf, userText } from "./gpu-users.ts";

/**
 * free: nobody works on it, and its memory is Ollama's or free. busy: somebody works on it now. taken: others hold so much of its memory that
 * models lack it. asleep: suspended; it can be woken. unavailable: it cannot be used. unknown: it cannot be told.
 */
export type GpuVerdict = "free" | "busy" | "taken" | "asleep" | "unavailable" | "unknown";

/** The five ways in which a GPU does not answer. No permission is ours, not the GPU's: its verdict is unknown. */
export type GpuProblem = "gone" | "driver-missing" | "driver-mismatch" | "permission-denied" | "lost";

/** The verdict on one GPU. */
export interface GpuState {
  readonly id: string;
  readonly name: string;
  readonly verdict: GpuVerdict;
  /** Why, in one sentence without a capital and without a full stop. */
  readonly text: string;
  readonly problem?: GpuProblem;
  /** What waking it costs, for one that sleeps, where it is known. */
  readonly wakeCost?: string;
  /** When the driver was asked last, RFC 3339; left out where it never answered. */
  readonly readAt?: string;
}

/** Work in so much of the driver's last sampling period; a desktop that only redraws stays below. */
const busyFromPercent = 20;
/** Others that hold so much of the usable memory have taken it: desktops are content with a tenth. */
const takenFromPercent = 25;

const problemByCode: Readonly<Record<string, GpuProblem>> = {
  GPU_DRIVER_MISSING: "driver-missing",
  GPU_DRIVER_MISMATCH: "driver-mismatch",
  GPU_PERMISSION_DENIED: "permission-denied",
  GPU_LOST: "lost",
};

const problemTexts: Readonly<Record<GpuProblem, string>> = {
  gone: "it is not in the machine any more",
  "driver-missing": "it has no driver that computes",
  "driver-mismatch": "its driver was upgraded and waits for a restart of the machine: its two parts do not fit together",
  "permission-denied": "the agent may not ask its driver",
  lost: "it has fallen off the bus and does not answer",
};

/** Of every GPU of the machine. `nowMs` is ms since 1970. */
export function gpuStates(facts: MachineFacts, nowMs: number): readonly GpuState[] {
  return gpuReadings(facts).map((gpu) => gpuState(gpu, facts, nowMs));
}

/** Of one GPU. */
export function gpuState(gpu: GpuReading, facts: MachineFacts, nowMs: number): GpuState {
  const judged = judge(gpu, facts, nowMs);
  const readAt = gpu.status?.readAt;
  return { id: gpu.id, name: gpu.name, ...judged, ...(readAt === undefined ? {} : { readAt }) };
}

/** Which of the five a failure is; undefined for others, which say nothing of the GPU. */
export function gpuProblem(failure: Pick<Failure, "code"> | undefined): GpuProblem | undefined {
  return failure === undefined ? undefined : problemByCode[failure.code];
}

/** What is wrong, in words. */
export function gpuProblemText(problem: GpuProblem): string {
  return problemTexts[problem];
}

type Judged = Pick<GpuState, "verdict" | "text" | "problem" | "wakeCost">;

function judge(gpu: GpuReading, facts: MachineFacts, nowMs: number): Judged {
  const { device, status } = gpu;
  if (device.outcome === "absent" && device.freshness === "fresh") return problemVerdict("gone");
  if (device.freshness !== "fresh") return { verdict: "unknown", text: `nothing was heard of it${since(device, nowMs)}` };
  if (device.outcome !== "ok") {
    const problem = gpuProblem(device.failure);
    return problem === undefined ? unread(device.failure) : problemVerdict(problem);
  }
  if (isLent(textField(device, "driver"))) return { verdict: "unavailable", text: "it is set aside for a virtual machine" };
  // What has no driver may sleep too: waking it would not help.
  const problem = status?.outcome === "failed" ? gpuProblem(status.failure) : undefined;
  if (problem !== undefined && status?.freshness === "fresh") return problemVerdict(problem);
  if (gpu.isAsleep) return asleep(gpu, nowMs);
  if (status === undefined || status.outcome === "absent") {
    if (!canCompute(textField(device, "vendor"))) return { verdict: "unknown", text: "it only draws: nobody tells what it does" };
    const hasDriver = textField(device, "driver") !== "";
    return hasDriver ? { verdict: "unknown", text: "its driver does not say what it does" } : problemVerdict("driver-missing");
  }
  if (status.outcome === "failed") return unread(status.failure);
  if (status.freshness !== "fresh") return { verdict: "unknown", text: `its driver was not heard of${since(status, nowMs)}` };
  return awake(gpu, facts);
}

function awake(gpu: GpuReading, facts: MachineFacts): Judged {
  const memory = gpuMemory(gpu);
  const utilization = gpu.status?.samples["utilization_percent"];
  const others = foreignUsers(gpu.users);
  const held = memoryOf(others) ?? 0;
  // Drivers other than NVIDIA's do not say what each of those holds who have the GPU open.
  const isAllNamed = gpu.isUserListWhole && gpu.users.every(({ memoryUsedBytes }) => memoryUsedBytes !== undefined);
  const unnamed = isAllNamed || !hasOwnMemory(gpu) ? 0 : Math.max(0, (memory.usedBytes ?? 0) - claimedBytes(facts) - held);
  const left =
    memory.freeBytes === undefined ? "" : `${formatSize(memory.freeBytes)} of ${formatSize(memory.usableBytes)} are free`;
  if (memory.usableBytes !== undefined && (held + unnamed) * 100 >= memory.usableBytes * takenFromPercent) {
    const who = unnamed > held ? `others than Ollama (${formatSize(unnamed)})${among(others)}` : namesOf(others);
    return { verdict: "taken", text: joined([`taken by ${who}`, left]) };
  }
  if (utilization === undefined && memory.usedBytes === undefined) {
    return { verdict: "unknown", text: "its driver does not say what it does" };
  }
  if (utilization !== undefined && utilization >= busyFromPercent) {
    return { verdict: "busy", text: joined([`busy at ${formatPercent(utilization)}${workers(gpu, others, facts)}`, left]) };
  }
  const models = loadedNames(facts);
  const holdsModels = gpu.users.some(({ purpose }) => purpose === "ollama") && models.length > 0;
  return { verdict: "free", text: joined([left || "idle", holdsModels ? `Ollama holds ${models.join(", ")}` : ""]) };
}

/** What waking it costs stands beside: it is a sentence or two of its own, and need not be said each time. */
function asleep({ device, status }: GpuReading, nowMs: number): Judged {
  const wakeCost = textField(innerSubject(device, "sleep"), "wakeCost");
  const age = status?.readAt === undefined ? "it was never seen awake" : `last read ${formatAgo(status.readAt, nowMs)}`;
  return {
    verdict: "asleep",
    text: `asleep, ${age}`,
    ...(wakeCost === "" ? {} : { wakeCost }),
  };
}

function problemVerdict(problem: GpuProblem): Judged {
  return { verdict: problem === "permission-denied" ? "unknown" : "unavailable", text: problemTexts[problem], problem };
}

function unread(failure: Failure | undefined): Judged {
  return { verdict: "unknown", text: failure === undefined ? "it could not be read" : failure.message.replace(/\.$/, "") };
}

/** Who works, as far as can be told: the driver says how busy the GPU is, not by whom. */
function workers(gpu: GpuReading, others: readonly GpuUser[], facts: MachineFacts): string {
  const models = loadedNames(facts);
  const isOllamaThere = gpu.users.some(({ purpose }) => purpose === "ollama");
  const named = [
    ...(isOllamaThere ? [models.length === 0 ? "Ollama" : `Ollama with ${models.join(", ")}`] : []),
    ...(others.length === 0 ? [] : [namesOf(others)]),
  ];
  return named.length === 0 ? "" : ` by ${named.join(" or ")}`;
}

/** Who has the GPU open, where it is not known who of them holds what; games first. */
function among(others: readonly GpuUser[]): string {
  const named = others.filter(({ purpose }) => purpose === "game");
  return named.length === 0 ? "" : `, ${namesOf(named)} among them`;
}

/** The first three, who hold most. */
function namesOf(users: readonly GpuUser[]): string {
  const shown = users.slice(0, 3).map(userText).join(", ");
  return users.length > 3 ? `${shown} and ${users.length - 3} more` : shown;
}

/** What Ollama believes to have on GPUs. */
function claimedBytes({ subjects }: MachineFacts): number {
  return presentSubjects(subjects, "ollama_loaded_model").reduce(
    (sum, each) => sum + (numberField(each, "sizeVramBytes") ?? 0),
    0,
  );
}

function loadedNames({ subjects }: MachineFacts): readonly string[] {
  return presentSubjects(subjects, "ollama_loaded_model").map(({ id }) => id);
}

function since(subject: SubjectBody, nowMs: number): string {
  return subject.observedAt === undefined ? "" : ` for ${formatAgo(subject.observedAt, nowMs).replace(/ ago$/, "")}`;
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("; ");
}
