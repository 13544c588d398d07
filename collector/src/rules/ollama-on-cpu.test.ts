import { GpuPower } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { evaluateNode, type OpenFindings } from "../evaluate/evaluate-node.ts";
import { judge, machineThatSaid, type Said, type Thing, viewAfter } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { ollamaOnCpu } from "./ollama-on-cpu.ts";

const id = "0000:01:00.0";
const gibibyte = 2 ** 30;

function gpuSaid(atSeconds: number, held: number | undefined, power: GpuPower = GpuPower.AWAKE): Said {
  const process: Thing = {
    ...{ kind: "gpu_process", id: `${id} 7` },
    value: { case: "gpuProcess", value: { gpuId: id, purpose: "ollama", owner: { pidNumber: 7, processName: "ollama" } } },
    samples: { memory_used_bytes: (held ?? 0) * gibibyte },
  };
  return {
    ...{ probe: "gpu", whole: ["gpu", "gpu_status", "gpu_process"], atMs: startMs + atSeconds * 1_000 },
    things: [
      { kind: "gpu", id, value: { case: "gpu", value: { vendor: "nvidia", driver: "nvidia", power } } },
      { kind: "gpu_status", id, value: { case: "gpuStatus", value: { memoryTotalBytes: 16n << 30n } } },
      ...(held === undefined ? [] : [process]),
    ],
  };
}

function ollamaSaid(atSeconds: number, isLoaded = true): Said {
  const model = { sizeBytes: 9n << 30n, sizeVramBytes: 9n << 30n };
  const things: readonly Thing[] = isLoaded
    ? [{ kind: "ollama_loaded_model", id: "qwen2.5:14b", value: { case: "ollamaLoadedModel", value: model } }]
    : [];
  return { probe: "ollama", whole: ["ollama_loaded_model"], atMs: startMs + atSeconds * 1_000, things };
}

/** What it says a moment after the last word, and its finding after every word. */
function told(...said: readonly Said[]) {
  let open: OpenFindings = new Map();
  const states = said.map((_, index) => {
    const atMs = Math.max(...said.slice(0, index + 1).map((each) => each.atMs ?? startMs)) - startMs;
    const view = viewAfter(machineThatSaid(...said.slice(0, index + 1)), atMs);
    open = evaluateNode([ollamaOnCpu], view, open, () => undefined).open;
    return [...open.values()][0]?.finding.state;
  });
  const lastMs = Math.max(...said.map((each) => each.atMs ?? startMs)) - startMs;
  return { verdict: judge(ollamaOnCpu, machineThatSaid(...said), lastMs)[0], states };
}

describe("feature 53: Ollama on the CPU while it claims the GPU, as a finding", () => {
  it("fires when two readings of the driver lack the model, and not at the first", () => {
    const { verdict, states } = told(
      ollamaSaid(0),
      gpuSaid(10, undefined),
      ollamaSaid(30),
      gpuSaid(70, undefined),
      ollamaSaid(100),
      gpuSaid(130, undefined),
    );

    expect(states).toEqual([undefined, "pending", "pending", "firing", "firing", "firing"]);
    expect(verdict).toMatchObject({
      kind: "raise",
      subject: { kind: "ollama_loaded_model", id: "qwen2.5:14b" },
      text: "qwen2.5:14b: on the CPU, though Ollama claims 9.0 GiB of the GPU: its driver knows nothing of that",
      evidence: [
        { name: "size_bytes", value: 9 * gibibyte },
        { name: "size_vram_bytes" },
        { name: "memory_of_its_process_bytes", value: 0 },
      ],
    });
  });

  it("does not begin with a model that was loaded after the driver was asked", () => {
    expect(told(gpuSaid(0, undefined), ollamaSaid(1)).verdict).toMatchObject({ kind: "hold" });
  });

  it("ends when the driver sees it, and when the model is unloaded", () => {
    const begin = [ollamaSaid(0), gpuSaid(10, undefined)];

    expect(told(...begin, gpuSaid(20, 9.3)).verdict?.kind).toBe("clear");
    expect(told(...begin, ollamaSaid(20, false)).verdict?.kind).toBe("clear");
  });

  it("holds while the GPU sleeps, and while anything is old", () => {
    expect(told(ollamaSaid(0), gpuSaid(1, undefined, GpuPower.ASLEEP)).verdict?.kind).toBe("hold");
    expect(judge(ollamaOnCpu, machineThatSaid(ollamaSaid(0), gpuSaid(1, undefined)), 3_600_000)[0]?.kind).toBe("hold");
  });

  it("says nothing of machines without a loaded model", () => {
    expect(judge(ollamaOnCpu, machineThatSaid(gpuSaid(0, undefined)))).toEqual([]);
  });
});
