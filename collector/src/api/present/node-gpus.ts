/** What the GPUs of a node are good for now, and what Ollama has on them. */
import type { GpuBody, LoadedModelBody, ModelBody, NodeGpus, SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, numberField, textField, textsField } from "@nodekeeper/shared/fields";
import {
  type GpuUser,
  gpuReadings,
  gpuState,
  type MachineFacts,
  type ModelFit,
  type ModelPlacement,
  modelFits,
  placements,
} from "@nodekeeper/shared/readings";
import { isoTime } from "../../state/iso-time.ts";
import { gpuKinds, machineFacts } from "../../state/machine-facts.ts";
import type { NodeView } from "../../state/node-view.ts";
import { gpuSummaries } from "./gpu-summaries.ts";

const kinds: ReadonlySet<string> = new Set([...gpuKinds, "ollama_endpoint", "ollama_model"]);

/** Makes the body; `contextLengthTokens` where models are asked for with another context than the server's own. */
export function nodeGpus(view: NodeView, contextLengthTokens: number | undefined): NodeGpus {
  const facts = machineFacts(view, kinds);
  const fits = modelFits(facts, view.nowMs, contextLengthTokens);
  const byId = (kind: string): ReadonlyMap<string, SubjectBody> =>
    new Map(facts.subjects.filter((subject) => subject.kind === kind).map((subject) => [subject.id, subject]));
  const loaded = byId("ollama_loaded_model");
  const models = byId("ollama_model");
  const ollama = ollamaBody(facts);
  return {
    node: view.node.name,
    gpus: gpuBodies(view, facts),
    ...(ollama === undefined ? {} : { ollama }),
    loadedModels: placements(facts).flatMap((placement) => {
      const told = loaded.get(placement.model);
      return told === undefined ? [] : [loadedBody(placement, told)];
    }),
    models: fits.flatMap((fit) => {
      const told = models.get(fit.model);
      return told === undefined ? [] : [modelBody(fit, told)];
    }),
  };
}

function gpuBodies(view: NodeView, facts: MachineFacts): GpuBody[] {
  const summaries = new Map(gpuSummaries(view)?.map((summary) => [summary.id, summary]));
  return gpuReadings(facts).flatMap((gpu) => {
    const summary = summaries.get(gpu.id);
    if (summary === undefined) return [];
    const { text, readAt, wakeCost } = gpuState(gpu, facts, view.nowMs);
    return [
      {
        ...summary,
        text,
        ...(readAt === undefined ? {} : { readAt }),
        ...(wakeCost === undefined ? {} : { wakeCost }),
        users: gpu.users.map(userBody),
      },
    ];
  });
}

function userBody({ name, purpose, pid, owner, memoryUsedBytes }: GpuUser): GpuBody["users"][number] {
  return {
    name,
    purpose,
    ...(pid === undefined ? {} : { pid }),
    ...(owner === "" ? {} : { owner }),
    ...(memoryUsedBytes === undefined ? {} : { memoryUsedBytes }),
  };
}

function ollamaBody({ subjects }: MachineFacts): NodeGpus["ollama"] {
  const server = subjects.find(({ kind, outcome }) => kind === "ollama_server" && outcome !== "absent");
  if (server === undefined) return undefined;
  const endpoint = subjects.find(({ kind, outcome }) => kind === "ollama_endpoint" && outcome !== "absent");
  const version = textField(server, "version");
  const isRunning = booleanField(server, "isRunning");
  const isKnown = isRunning !== undefined && server.outcome === "ok" && server.freshness === "fresh";
  return {
    ...(isKnown ? { isRunning } : {}),
    ...(version === "" ? {} : { version }),
    addresses: endpoint?.outcome === "ok" ? [...textsField(endpoint, "addresses")] : [],
    ...(endpoint?.failure === undefined ? {} : { failure: endpoint.failure }),
  };
}

function loadedBody({ model, placement, text, sizeBytes, claimedVramBytes }: ModelPlacement, told: SubjectBody): LoadedModelBody {
  const contextLengthTokens = numberField(told, "contextLengthTokens");
  const expiresAtMs = numberField(told, "expiresAtUnixMs");
  return {
    ...{ name: model, placement, text },
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(claimedVramBytes === undefined ? {} : { claimedVramBytes }),
    ...(contextLengthTokens === undefined ? {} : { contextLengthTokens }),
    ...(expiresAtMs === undefined ? {} : { expiresAt: isoTime(expiresAtMs) }),
    ...(booleanField(told, "isKept") === true ? { isKept: true } : {}),
  };
}

function modelBody({ model, unload, missing, ...fit }: ModelFit, told: SubjectBody): ModelBody {
  const digest = textField(told, "digest");
  const sizeBytes = numberField(told, "sizeBytes");
  return {
    name: model,
    ...(digest === "" ? {} : { digest }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    capabilities: [...textsField(told, "capabilities")],
    fit: { ...fit, unload: [...unload], missing: [...missing] },
  };
}
