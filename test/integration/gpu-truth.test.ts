/**
 * From what a GPU's driver and Ollama say to what people read of it: the real probes on a made-up machine, their own messages, and the
 * collector's state, rules and answer.
 */
import { create } from "@bufbuild/protobuf";
import { HelloSchema, ObservationSchema } from "@nodekeeper/proto";
import { type Clock, systemClock } from "@nodekeeper/shared";
import { beforeEach, describe, expect, it } from "vitest";
import { createObserver } from "../../agent/src/observer.ts";
import { createGpuProbe } from "../../agent/src/probes/gpu.ts";
import { createOllamaProbe } from "../../agent/src/probes/ollama.ts";
import type { DriverProcess } from "../../agent/src/probes/support/gpu/driver-reading.ts";
import { one, workingCard } from "../../agent/src/probes/test-support/gpu-machine.ts";
import { addGpu, driverReading } from "../../agent/src/probes/test-support/gpus.ts";
import { digest, OllamaHost } from "../../agent/src/probes/test-support/ollama-machine.ts";
import { nodeGpus } from "../../collector/src/api/present/node-gpus.ts";
import { evaluateNode, type OpenFindings } from "../../collector/src/evaluate/evaluate-node.ts";
import { rules } from "../../collector/src/rules/index.ts";
import { createStateHolder } from "../../collector/src/state/holder.ts";
import { viewNode } from "../../collector/src/state/node-view.ts";

const gibibyte = 2 ** 30;
const totalBytes = 16 * gibibyte;
const signal = new AbortController().signal;

/** Agent and collector of one workstation. */
class Workstation {
  readonly host: OllamaHost = new OllamaHost();
  processes: readonly DriverProcess[] = [];
  readonly #state = createStateHolder([]);
  readonly #observers = [
    createObserver(createOllamaProbe(), this.#context()),
    createObserver(
      createGpuProbe(undefined, async () => {
        const usedBytes = this.processes.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0);
        const memory = { totalBytes, reservedBytes: 0, usedBytes, freeBytes: totalBytes - usedBytes };
        const atPowerCap = 0x4;
        return driverReading([{ ...workingCard, memory, clocksEventReasons: atPowerCap, processes: [...this.processes] }]);
      }),
      this.#context(),
    ),
  ];
  #open: OpenFindings = new Map();
  #sequence = 0;

  constructor() {
    const hello = create(HelloSchema, {
      nodeName: "siberian",
      machineId: "1",
      epoch: "e",
      probes: [{ name: "gpu" }, { name: "ollama" }],
    });
    this.#state.apply({ kind: "connected", node: "siberian", hello, atMs: this.host.clock.wallMs });
  }

  /** Both probes run, after so many seconds; gives the answer of the API and the findings. */
  async after(seconds: number) {
    const { wallMs, uptimeMs } = this.host.clock;
    this.host.clock = { wallMs: wallMs + seconds * 1_000, uptimeMs: uptimeMs + seconds * 1_000 };
    const atMs = this.host.clock.wallMs;
    for (const observe of this.#observers) {
      const { observation } = await observe(15_000, signal);
      this.#sequence += 1;
      const sent = create(ObservationSchema, { ...observation, sequence: this.#sequence });
      this.#state.apply({
        kind: "observed",
        node: "siberian",
        epoch: "e",
        observation: sent,
        observedAtMs: atMs,
        receivedAtMs: atMs,
      });
    }
    const node = this.#state.node("siberian");
    if (node === undefined) throw new Error("the node is not known");
    const view = viewNode(node, atMs);
    this.#open = evaluateNode(rules, view, this.#open, (rule, thrown) => {
      throw new Error(rule.code, { cause: thrown });
    }).open;
    const findings = [...this.#open.values()].map(({ finding }) => `${finding.rule} ${finding.state}`);
    return { ...nodeGpus(view, undefined), findings };
  }

  #context(): { readonly host: OllamaHost; readonly clock: Clock } {
    return { host: this.host, clock: systemClock };
  }
}

function holds(pid: number, gibibytes: number): DriverProcess {
  return { pid, isCompute: true, isGraphics: false, memoryBytes: gibibytes * gibibyte };
}

let machine: Workstation;

beforeEach(() => {
  machine = new Workstation();
  addGpu(machine.host, one);
  machine.host.start({ pid: 2290, listeners: [], name: "llama-server", arguments: ["/usr/local/lib/ollama/llama-server"] });
  machine.host.start();
  const model = {
    name: "qwen2.5:14b",
    model: "qwen2.5:14b",
    digest: digest("qwen"),
    size: 9 * gibibyte,
    details: { family: "qwen2" },
  };
  machine.host.answer("tags", { models: [{ ...model, modified_at: "2026-11-01T00:00:00Z" }] });
  machine.host.answer("ps", {
    models: [{ ...model, size_vram: 9 * gibibyte, context_length: 4096, expires_at: "2318-01-01T00:00:00Z" }],
  });
});

describe("what people read of a GPU", () => {
  it("is where the model lies while its process holds the memory, and nothing is wrong", async () => {
    machine.processes = [holds(2290, 9.4)];
    const { gpus, loadedModels, findings } = await machine.after(0);

    expect(gpus).toMatchObject([
      { id: one, verdict: "busy", users: [{ name: "llama-server", purpose: "ollama", pid: 2290, owner: "ollama.service" }] },
    ]);
    expect(loadedModels).toMatchObject([{ name: "qwen2.5:14b", placement: "gpu" }]);
    expect(findings.filter((finding) => finding.startsWith("ollama-on-cpu") || finding.startsWith("gpu"))).toEqual([]);
  });

  it("is the game that took the memory, at its next reading", async () => {
    machine.processes = [holds(2290, 3)];
    await machine.after(0);
    machine.host.add("/proc/7312", {
      stat: "7312 (Cyberpunk2077.e) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 1000 1 1",
      status: "Name:\tCyberpunk2077.e\nUid:\t0\t0\t0\t0\n",
      comm: "Cyberpunk2077.e\n",
      cgroup: "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-steam-1091500.scope\n",
    });
    machine.processes = [holds(2290, 3), holds(7312, 9)];
    const { gpus } = await machine.after(15);

    expect(gpus[0]?.verdict).toBe("taken");
    expect(gpus[0]?.text).toContain("taken by Cyberpunk2077.e");
  });

  it("is the CPU once Ollama claims what the driver knows nothing of, as a finding after two readings, until it is well again", async () => {
    machine.processes = [holds(2290, 9.4)];
    await machine.after(0);
    machine.processes = [];
    const first = await machine.after(15);
    const later = await machine.after(120);
    machine.processes = [holds(2290, 9.4)];
    const mended = await machine.after(60);

    expect(first.loadedModels[0]?.placement).toBe("cpu-fallback");
    expect(first.findings).toContain("ollama-on-cpu pending");
    expect(later.findings).toContain("ollama-on-cpu firing");
    expect(mended.loadedModels[0]?.placement).toBe("gpu");
    expect(mended.findings.filter((finding) => finding.startsWith("ollama-on-cpu"))).toEqual([]);
  });

  it("is that only this machine reaches Ollama, and that no other list suffers by it", async () => {
    const { ollama, findings } = await machine.after(0);

    expect(ollama).toMatchObject({
      isRunning: true,
      version: "0.32.15",
      addresses: [],
      failure: { code: "OLLAMA_LOOPBACK_ONLY" },
    });
    expect(findings).toContain("ollama-unreachable pending");
    expect(findings.filter((finding) => finding.startsWith("probe-failing"))).toEqual([]);
  });
});
