/** Machines with GPUs as the page shows them. Pure. */
import type { FleetGpu, FleetGpuList, FleetOllama, GpuReservation, NodeStatus } from "@nodekeeper/shared/api";
import { gpuWord } from "@nodekeeper/shared/readings";

/** How one stands to a GPU now; "off" is that its machine said that it goes, silence is "unknown". */
export type GpuStanding = "free" | "busy" | "asleep" | "reserved" | "taken" | "off" | "unusable" | "unknown";

/** A GPU with what is said of it. */
export interface ShownGpu {
  readonly gpu: FleetGpu;
  readonly standing: GpuStanding;
  /** Its standing, or what is wrong with it, in two words at most. */
  readonly word: string;
  /** Why, in one sentence. */
  readonly text: string;
}

/** A machine. */
export interface ShownMachine {
  readonly node: string;
  readonly gpus: readonly ShownGpu[];
  readonly reservation: GpuReservation | undefined;
  /** Undefined: no Ollama is known there. */
  readonly ollama: FleetOllama | undefined;
}

/** In the order of their buttons. */
export const standings: readonly GpuStanding[] = ["free", "asleep", "busy", "reserved", "taken", "off", "unusable", "unknown"];

/** What is written of them. */
export const standingWords: Readonly<Record<GpuStanding, string>> = {
  free: "free",
  busy: "busy",
  asleep: "asleep",
  reserved: "reserved",
  taken: "taken",
  off: "off",
  unusable: "unusable",
  unknown: "not known",
};

/** How they are coloured. Asleep is as good as free. */
export const standingTones: Readonly<Record<GpuStanding, string>> = {
  free: "ok",
  busy: "",
  asleep: "ok",
  reserved: "degraded",
  taken: "degraded",
  off: "asleep",
  unusable: "failed",
  unknown: "unknown",
};

/** By name. `statusOf` is what is known of a node by the stream. */
export function shownMachines(list: FleetGpuList, statusOf: (node: string) => NodeStatus | undefined): readonly ShownMachine[] {
  const ollamas = new Map(list.ollamas.map((ollama) => [ollama.node, ollama]));
  return [...Map.groupBy(list.gpus, ({ node }) => node)].map(([node, gpus]) => ({
    node,
    gpus: gpus.map((gpu) => shownGpu(gpu, statusOf(node))),
    reservation: gpus[0]?.reservation,
    ollama: ollamas.get(node),
  }));
}

/** Whether each word stands in what the card says: machine, GPU, its standing, models, programs, who keeps it. */
export function isMatch({ node, gpus, reservation, ollama }: ShownMachine, words: string): boolean {
  const text = [
    ...[node, reservation?.by, reservation?.reason],
    ...gpus.flatMap(({ gpu, word, standing }) => [gpu.name, word, standing, ...gpu.memory.map(({ name }) => name)]),
    ...(ollama?.loadedModels ?? []).map(({ name }) => name),
  ]
    .join(" ")
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** What the stream says of nodes with a GPU, as one text: another one is a reason to ask again. */
export function gpuNews(
  nodes: ReadonlyMap<string, { readonly status: NodeStatus; readonly gpus?: readonly object[] }> | undefined,
): string {
  return [...(nodes ?? [])]
    .flatMap(([name, { status, gpus }]) => (gpus === undefined ? [] : [`${name} ${status} ${JSON.stringify(gpus)}`]))
    .join("\n");
}

function shownGpu(gpu: FleetGpu, status: NodeStatus | undefined): ShownGpu {
  const { verdict, problem, text, away } = gpu;
  const standing = standingOf(gpu, status);
  const isNamed = standing === "unusable" && problem !== undefined;
  return { gpu, standing, text: away ?? text, word: isNamed ? gpuWord({ verdict, problem }) : standingWords[standing] };
}

/** A program that keeps it is there or was until lately; a person keeps it whoever uses it. */
function standingOf({ verdict, reservation, away }: FleetGpu, status: NodeStatus | undefined): GpuStanding {
  if (away !== undefined) return status === "asleep" ? "off" : "unknown";
  if (verdict === "unavailable") return "unusable";
  if (reservation !== undefined && (reservation.kind === "person" || verdict !== "taken")) return "reserved";
  return verdict;
}
