/**
 * Who holds memory of a GPU: Ollama, or others (a game, the desktop, another program). Source: kind gpu_process, in which the driver names
 * processes, and /proc whose they are.
 */
import type { SubjectBody, SubjectListBody } from "../../api/node.ts";
import { formatSize } from "../../format.ts";
import { innerSubject, numberField, textField } from "../fields.ts";
import { ownerPlace } from "../process-owner.ts";
import { presentSubjects } from "../subjects.ts";

/** What readings of GPUs and of Ollama look at: of a node, or of a machine that was just examined. */
export interface MachineFacts {
  readonly subjects: readonly SubjectBody[];
  readonly lists: readonly SubjectListBody[];
}

/** A process that holds memory of a GPU. */
export interface GpuUser {
  readonly gpuId: string;
  /** Undefined where the driver named a process that could not be looked up. */
  readonly pid: number | undefined;
  /** Its program, e.g. "ollama" or "Cyberpunk2077.exe"; "process 4711" where that is not known. */
  readonly name: string;
  readonly purpose: "ollama" | "desktop" | "game" | "other";
  /** What it belongs to: pod with namespace, unit of systemd, or user; empty where nothing is known. */
  readonly owner: string;
  /** Undefined where the driver does not tell it of each process. */
  readonly memoryUsedBytes: number | undefined;
  /** False where its program is not known: it may be anybody's, Ollama's too. */
  readonly isKnown: boolean;
}

/**
 * All of one GPU, or of all where `gpuId` is left out; who holds most comes first. Only those that were read lately: a process of an hour ago
 * holds nothing for sure.
 */
export function gpuUsers({ subjects }: Pick<MachineFacts, "subjects">, gpuId?: string): readonly GpuUser[] {
  const server = presentSubjects(subjects, "ollama_server")[0];
  return presentSubjects(subjects, "gpu_process")
    .filter((process) => process.outcome === "ok" && process.freshness === "fresh")
    .filter((process) => gpuId === undefined || textField(process, "gpuId") === gpuId)
    .map((process) => userOf(process, server))
    .sort((a, b) => (b.memoryUsedBytes ?? 0) - (a.memoryUsedBytes ?? 0) || (a.pid ?? 0) - (b.pid ?? 0));
}

/** Those that are not Ollama's. */
export function foreignUsers(users: readonly GpuUser[]): readonly GpuUser[] {
  return users.filter((user) => user.purpose !== "ollama");
}

/** Memory that they hold together; undefined where the driver tells it of none of them. */
export function memoryOf(users: readonly GpuUser[]): number | undefined {
  const known = users.flatMap(({ memoryUsedBytes }) => (memoryUsedBytes === undefined ? [] : [memoryUsedBytes]));
  return known.length === 0 && users.length > 0 ? undefined : known.reduce((sum, bytes) => sum + bytes, 0);
}

/** e.g. "Cyberpunk2077.exe (game, 9.8 GiB)". */
export function userText({ name, purpose, memoryUsedBytes }: GpuUser): string {
  const words = [
    ...(purpose === "game" || purpose === "desktop" ? [purpose] : []),
    ...(memoryUsedBytes === undefined ? [] : [formatSize(memoryUsedBytes)]),
  ];
  return words.length === 0 ? name : `${name} (${words.join(", ")})`;
}

function userOf(process: SubjectBody, server: SubjectBody | undefined): GpuUser {
  const owner = innerSubject(process, "owner");
  const pid = numberField(owner, "pidNumber") ?? pidOfId(process.id);
  const name = textField(owner, "processName");
  const purpose = textField(process, "purpose");
  const isGameOrDesktop = purpose === "game" || purpose === "desktop";
  const isOllama = purpose === "ollama" || (!isGameOrDesktop && server !== undefined && isOfServer(owner, server));
  return {
    gpuId: textField(process, "gpuId"),
    pid,
    name: name === "" ? `process ${pid ?? "?"}` : name,
    purpose: isOllama ? "ollama" : isGameOrDesktop ? purpose : "other",
    owner: ownerPlace(owner),
    memoryUsedBytes: process.samples["memory_used_bytes"],
    isKnown: isOllama || name !== "",
  };
}

/** The runner of a model is a child of the server: it lives in the same unit or container, whatever it is called. */
function isOfServer(owner: SubjectBody, server: SubjectBody): boolean {
  const serverOwner = innerSubject(server, "owner");
  return ["unit", "containerId"].some((field) => {
    const value = textField(owner, field);
    const isOfMany = field === "unit" && !value.endsWith(".service");
    return value !== "" && !isOfMany && !value.startsWith("user@") && value === textField(serverOwner, field);
  });
}

/** "0000:01:00.0 1234" → 1234 */
function pidOfId(id: string): number | undefined {
  const pid = Number(id.split(" ")[1]);
  return Number.isSafeInteger(pid) ? pid : undefined;
}
