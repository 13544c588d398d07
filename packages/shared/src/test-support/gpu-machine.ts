/** A machine with a GPU and Ollama as a test makes it up: siberian's card, and whatever a test says of it. */
import type { SubjectBody, SubjectListBody } from "../api/node.ts";

/** When it is looked at, in ms since 1970. */
export const gpuMachineNowMs: number = Date.UTC(2026, 10, 22, 12);

/** Its one GPU. */
export const gpuId = "0000:01:00.0";
const gibibyte = 2 ** 30;

/** A process on a GPU. */
export interface ProcessInit {
  readonly pid: number;
  readonly name?: string;
  readonly purpose?: string;
  readonly gib?: number;
  readonly gpu?: string;
  readonly owner?: Readonly<Record<string, unknown>>;
}

/** A model in memory. */
export interface LoadedInit {
  readonly name: string;
  readonly sizeGib: number;
  readonly vramGib: number;
  readonly expiresInMs?: number;
  readonly contextLengthTokens?: number;
  readonly overrides?: Partial<SubjectBody>;
}

/** What a test says. */
export interface GpuMachineInit {
  /** Each GPU, by its id; default: one that is awake. */
  readonly gpus?: readonly {
    readonly id?: string;
    readonly value?: Readonly<Record<string, unknown>>;
    readonly device?: Partial<SubjectBody>;
    readonly statusValue?: Readonly<Record<string, unknown>>;
    readonly samples?: Readonly<Record<string, number>>;
    /** null: the driver says nothing of it at all. */
    readonly status?: Partial<SubjectBody> | null;
  }[];
  readonly processes?: readonly ProcessInit[];
  readonly loaded?: readonly LoadedInit[];
  readonly models?: readonly { readonly name: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Kinds of which the list is not whole. */
  readonly incomplete?: readonly string[];
}

/** Its subjects and lists, as the API shows them. The GPU has 16 GiB, of which the driver keeps 0.5 GiB. */
export function gpuMachine(init: GpuMachineInit = {}): { subjects: SubjectBody[]; lists: SubjectListBody[] } {
  const { gpus = [{}], processes = [], loaded = [], models = [], settings = {}, incomplete = [] } = init;
  const used = processes.reduce((sum, { gib = 0 }) => sum + gib, 0) * gibibyte;
  const subjects = gpus.flatMap(({ id = gpuId, value = {}, device = {}, statusValue = {}, samples = {}, status = {} }) => [
    aSubject("gpu", id, { vendor: "nvidia", driver: "nvidia", power: "awake", isIntegrated: false, ...value }, {}, device),
    ...(status === null
      ? []
      : [
          aSubject(
            "gpu_status",
            id,
            { productName: "RTX 5070 Ti", memoryTotalBytes: 16 * gibibyte, memoryReservedBytes: 0.5 * gibibyte, ...statusValue },
            { memory_used_bytes: used, memory_free_bytes: 15.5 * gibibyte - used, utilization_percent: 0, ...samples },
            status,
          ),
        ]),
  ]);
  subjects.push(
    ...processes.map(({ pid, name = "ollama", purpose = "ollama", gib, gpu = gpuId, owner = {} }) =>
      aSubject(
        "gpu_process",
        `${gpu} ${pid}`,
        { gpuId: gpu, purpose, owner: { pidNumber: pid, ...(name === "" ? {} : { processName: name }), ...owner } },
        gib === undefined ? {} : { memory_used_bytes: gib * gibibyte },
      ),
    ),
    aSubject("ollama_server", "", { version: "0.32.15", unit: "ollama.service", owner: { unit: "ollama.service" }, settings }),
    ...loaded.map(({ name, sizeGib, vramGib, expiresInMs = 300_000, contextLengthTokens, overrides = {} }) =>
      aSubject(
        "ollama_loaded_model",
        name,
        {
          ...{ digest: `sha256:${name}`, sizeBytes: sizeGib * gibibyte, sizeVramBytes: vramGib * gibibyte },
          expiresAtUnixMs: gpuMachineNowMs + expiresInMs,
          ...(contextLengthTokens === undefined ? {} : { contextLengthTokens }),
        },
        {},
        overrides,
      ),
    ),
    ...models.map(({ name, value }) => aSubject("ollama_model", name, value)),
  );
  const lists = ["gpu", "gpu_process", "ollama_model", "ollama_loaded_model"].map((kind) => ({
    ...{ kind, probe: kind.startsWith("gpu") ? "gpu" : "ollama" },
    isComplete: !incomplete.includes(kind),
  }));
  return { subjects, lists };
}

/** A model of 32 layers with 8 heads of 128: 128 KiB a token. */
export function aModel(sizeGib: number, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    ...{ sizeBytes: sizeGib * gibibyte, capabilities: ["completion"], maximumContextLengthTokens: 131_072 },
    ...{ layerCount: 32, keyValueHeadCount: 8, keyLengthDimensions: 128, valueLengthDimensions: 128 },
    ...more,
  };
}

function aSubject(
  kind: string,
  id: string,
  value: Readonly<Record<string, unknown>>,
  samples: Readonly<Record<string, number>> = {},
  overrides: Partial<SubjectBody> = {},
): SubjectBody {
  const at = new Date(gpuMachineNowMs).toISOString();
  const probe = kind.startsWith("gpu") ? "gpu" : "ollama";
  return {
    ...{ kind, id, probe, outcome: "ok", freshness: "fresh", observedAt: at, readAt: at },
    ...{ value: { ...value }, samples: { ...samples } },
    ...overrides,
  };
}
