/**
 * How GPUs and models were used, as a running thing: it follows what agents say of GPUs and of Ollama, and what Ollama says itself where no agent is heard.
 * What is known is written down once a minute: the day whole once an hour, between that what came since. So a crash loses a minute and counts nothing twice:
 * what was written stands in place of what is there, and nothing is counted over the time in which nobody looked.
 */
import { AppError, type Clock, type Logger, runEvery } from "@nodekeeper/shared";
import { textField } from "@nodekeeper/shared/fields";
import { canCompute, gpuMemory, gpuReadings, type MachineFacts } from "@nodekeeper/shared/readings";
import type { Backend } from "../routing/backend.ts";
import { hasGpu } from "../routing/has-gpu.ts";
import type { Reservations } from "../routing/reservations.ts";
import type { Routing } from "../routing/routing.ts";
import { staleAtMs } from "../state/freshness.ts";
import type { StateHolder } from "../state/holder.ts";
import { gpuKinds, machineFacts } from "../state/machine-facts.ts";
import type { NodeState, ProbeState } from "../state/node-state.ts";
import { viewNode } from "../state/node-view.ts";
import { subjectKey } from "../state/subject-state.ts";
import type { Store } from "../store/store.ts";
import type { GpuUsageBook } from "./gpu-usage.ts";
import { heldMemoryOf } from "./held-memory-of.ts";
import { modelsReadingOf } from "./models-reading-of.ts";
import { createNodeUsage, type GpuMemoryReading, type NodeUsage } from "./node-usage.ts";
import { openUsageMemory } from "./usage-memory.ts";

/** What it needs. */
export interface GpuUsageOptions {
  readonly state: Pick<StateHolder, "node" | "subscribe">;
  readonly routing: Pick<Routing, "backends">;
  readonly reservations: Pick<Reservations, "of" | "onChanged">;
  readonly store: Pick<Store, "documents" | "saveDocuments">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

const saveMs = 60_000;
/** Ollama itself is asked every 5 s, and stalls for up to 10 s while it loads a model. */
const lookMs = 5_000;
const wordGoodForMs = 45_000;
/** Each node is looked at once in so many writes for what is past its time. */
const pruneEvery = 60;
/** The largest fleet that is thought of. */
const maximumNodes = 10_000;

/** Reads what was known before, and begins. */
export async function createGpuUsage(options: GpuUsageOptions): Promise<GpuUsageBook> {
  const { state, routing, reservations, clock, random, logger } = options;
  const { restored, ...memory } = await openUsageMemory(options); // what was restored is let go: in a large fleet it is much
  const nodes = new Map<string, NodeUsage>();
  for (const [name, documents] of restored) {
    const usage = createNodeUsage(name);
    for (const document of documents) usage.restore(document);
    nodes.set(name, usage);
  }
  const looked = new Map<string, { readonly gpu: ProbeState | undefined; readonly ollama: ProbeState | undefined }>();
  /** Somebody began or ended to keep the GPU since its models were looked at. */
  const keptBetween = new Set<string>();
  const stopping = new AbortController();

  const subscriptions = [
    state.subscribe((names) => {
      for (const name of names) follow(name, state.node(name));
    }),
    reservations.onChanged((names) => {
      for (const name of names) keptBetween.add(name);
    }),
  ];
  const loop = { clock, random, signal: stopping.signal };
  const running = [
    runEvery({ ...loop, intervalMs: () => lookMs, firstDelayMs: lookMs }, async () => {
      for (const backend of routing.backends()) if (backend.witness === "ollama") followWord(backend);
    }),
    runEvery({ ...loop, intervalMs: () => saveMs, firstDelayMs: saveMs, jitter: 0 }, save),
  ];

  /** A node without a GPU and without Ollama costs two looks into a map. */
  function follow(name: string, node: NodeState | undefined): void {
    if (node === undefined) {
      forget(name);
      return;
    }
    const gpu = node.probes.get("gpu");
    const ollama = node.probes.get("ollama");
    if (!hasGpu(node) && ollama?.subjects.has(subjectKey("ollama_server", "")) !== true) return;
    const before = looked.get(name);
    const isOtherGpu = gpu !== undefined && gpu !== before?.gpu && gpu.isRestored !== true;
    const isOtherOllama = ollama !== undefined && ollama !== before?.ollama && ollama.isRestored !== true;
    if (!isOtherGpu && !isOtherOllama) return;
    looked.set(name, { gpu, ollama });
    const facts = machineFacts(viewNode({ ...node, probes: only({ gpu, ollama }) }, clock.wallMs()), gpuKinds);
    if (isOtherGpu) {
      const { observedAtMs, intervalMs } = gpu;
      const goodForMs = staleAtMs(observedAtMs, intervalMs) - observedAtMs;
      take(name, (usage) => usage.takeMemory(observedAtMs, goodForMs, memoryReadings(facts)));
    }
    if (isOtherOllama) {
      const { observedAtMs, intervalMs } = ollama;
      const goodForMs = staleAtMs(observedAtMs, intervalMs) - observedAtMs;
      takeModels(name, facts, { ...{ atMs: observedAtMs, goodForMs }, witness: "agent", clockSkewMs: node.clockSkewMs });
    }
  }

  /** Of a server without an agent, or with one that is silent. */
  function followWord({ name, facts, reach }: Backend): void {
    const [server] = facts.subjects.filter(({ kind }) => kind === "ollama_server");
    const atMs = Date.parse(server?.observedAt ?? "");
    if (Number.isNaN(atMs)) return;
    const run = reach.kind === "up" ? `since ${reach.sinceMs}` : "not up";
    const clockSkewMs = state.node(name)?.clockSkewMs;
    takeModels(name, facts, { ...{ atMs, goodForMs: wordGoodForMs, run, clockSkewMs }, witness: "ollama" });
  }

  function takeModels(name: string, facts: MachineFacts, origin: Parameters<typeof modelsReadingOf>[1]): void {
    const reading = modelsReadingOf(facts, origin);
    if (reading === undefined) return;
    const isKept = reservations.of(name) !== undefined || keptBetween.has(name);
    take(name, (usage) => {
      if (usage.takeModels(reading, isKept)) keptBetween.delete(name); // what is heard twice is no reading since
    });
  }

  /** Where there are too many nodes already, another one is left out. What is known is to be written down soon. */
  function take(name: string, reading: (usage: NodeUsage) => void): void {
    const known = nodes.get(name);
    if (known === undefined && nodes.size >= maximumNodes) return;
    const usage = known ?? createNodeUsage(name);
    nodes.set(name, usage);
    reading(usage);
    if (usage.hasAny()) memory.changed(name);
  }

  function forget(name: string): void {
    looked.delete(name);
    keptBetween.delete(name);
    if (nodes.delete(name)) memory.forget(name);
  }

  let pruning = nodes.entries();

  /** Some nodes at a time. */
  function prune(nowMs: number): void {
    for (let left = Math.ceil(nodes.size / pruneEvery); left > 0; left -= 1) {
      const next = pruning.next();
      if (next.done === true) pruning = nodes.entries();
      else if (!next.value[1].prune(nowMs)) forget(next.value[0]);
    }
  }

  async function save(): Promise<void> {
    const nowMs = clock.wallMs();
    prune(nowMs);
    try {
      await memory.save(nowMs, (name, fromMs) => nodes.get(name)?.document(fromMs));
    } catch (thrown) {
      logger.warn({ err: AppError.from(thrown, "STORE_FAILED") }, "the store did not take how GPUs were used");
    }
  }

  return {
    all: () => [...nodes.values()].toSorted((a, b) => (a.node < b.node ? -1 : 1)),
    of: (node) => nodes.get(node),
    async [Symbol.asyncDispose]() {
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
      stopping.abort();
      await Promise.all(running);
      await save();
    },
  };
}

function memoryReadings(facts: MachineFacts): readonly GpuMemoryReading[] {
  const all = gpuReadings(facts).filter(({ device }) => device.outcome !== "absent" && canCompute(textField(device, "vendor")));
  return all.map((gpu) => ({
    ...{ id: gpu.id, name: gpu.name, capacityBytes: gpuMemory(gpu).usableBytes },
    held: heldMemoryOf(gpu, facts),
  }));
}

function only(probes: Readonly<Record<string, ProbeState | undefined>>): ReadonlyMap<string, ProbeState> {
  return new Map(Object.entries(probes).flatMap(([name, probe]) => (probe === undefined ? [] : [[name, probe] as const])));
}
