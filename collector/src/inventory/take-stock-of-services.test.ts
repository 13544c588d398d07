import type { MessageInitShape } from "@bufbuild/protobuf";
import { GpuPower, Outcome, type SubjectSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { list } from "../test-support/observations.ts";
import { startMs } from "../test-support/states.ts";
import { StockScene } from "./test-support/stock-scene.ts";

type SubjectInit = MessageInitShape<typeof SubjectSchema>;

const id = "0000:01:00.0";
const first = "seen for the first time";

function aScene(): StockScene {
  const scene = new StockScene();
  scene.connect();
  return scene;
}

function gpu(value: object = {}, status: object | null = {}): readonly SubjectInit[] {
  const told = {
    vendor: "nvidia",
    productName: "RTX 3050",
    pciId: "10de:25a2",
    driver: "nvidia",
    driverVersion: "570.1",
    ...value,
  };
  const said = { productName: "RTX 3050", uuid: "GPU-a", vbiosVersion: "94", driverVersion: told.driverVersion, ...status };
  return [
    { kind: "gpu", id, outcome: Outcome.OK, value: { case: "gpu", value: told } },
    ...(status === null
      ? []
      : [{ kind: "gpu_status", id, outcome: Outcome.OK, value: { case: "gpuStatus", value: said } } as const]),
  ];
}

function gpus(...subjects: readonly SubjectInit[]) {
  return { subjects, lists: [list("gpu", true), list("gpu_status", true)] };
}

const probe = { probe: "gpu" } as const;

describe("feature 27: inventory change history (GPU, drivers, services, models, tailnet)", () => {
  it("tells a GPU that was added and one that was taken out", () => {
    const scene = aScene();
    scene.observe(0, gpus(), probe);
    scene.observe(60, gpus(...gpu()), probe);
    scene.observe(120, gpus(), probe);

    expect(scene.texts()).toEqual([first, `RTX 3050 (${id}) appeared`, `RTX 3050 (${id}) is gone`]);
  });

  it("tells a GPU that was replaced in its slot: another model by its PCI id, the same model by its uuid", () => {
    const other = aScene();
    other.observe(0, gpus(...gpu()), probe);
    other.observe(
      60,
      gpus(...gpu({ pciId: "10de:2c05", productName: "RTX 5070" }, { productName: "RTX 5070", uuid: "GPU-b" })),
      probe,
    );
    const same = aScene();
    same.observe(0, gpus(...gpu()), probe);
    same.observe(60, gpus(...gpu({}, { uuid: "GPU-b" })), probe);

    expect(other.texts().slice(1)).toEqual([
      `RTX 5070 (${id}) appeared`,
      `RTX 3050 (${id}) is gone`,
      `RTX 5070 (${id}): uuid GPU-a → GPU-b`,
    ]);
    expect(same.texts().slice(1)).toEqual([`RTX 3050 (${id}): uuid GPU-a → GPU-b`]);
  });

  it("tells a new driver once, and new firmware", () => {
    const scene = aScene();
    scene.observe(0, gpus(...gpu()), probe);
    scene.observe(60, gpus(...gpu({ driverVersion: "580.2" })), probe);
    scene.observe(120, gpus(...gpu({ driverVersion: "580.2" }, { vbiosVersion: "95" })), probe);

    expect(scene.texts().slice(1)).toEqual([
      `RTX 3050 (${id}): driver version 570.1 → 580.2`,
      `RTX 3050 (${id}): vbios version 94 → 95`,
    ]);
  });

  it("takes no sleeping, failed or lost GPU for one that is gone, and nothing that is not told for a change", () => {
    const failure = { code: "GPU_LOST", message: "it has fallen off the bus" };
    const lost = ["gpu", "gpu_status"].map((kind) => ({ kind, id, outcome: Outcome.FAILED, failure }));
    const asleep: readonly SubjectInit[] = [
      ...gpu({ power: GpuPower.ASLEEP, driverVersion: "" }, null),
      {
        ...{ kind: "gpu_status", id, outcome: Outcome.OK, readAtUnixMs: BigInt(startMs) },
        value: { case: "gpuStatus", value: { uuid: "GPU-old" } },
      },
    ];
    const scene = aScene();
    scene.observe(0, gpus(...gpu()), probe);
    scene.observe(60, gpus(...asleep), { ...probe, observedAtUnixMs: BigInt(startMs + 60_000) });
    scene.observe(120, gpus(...lost), probe);
    scene.observe(180, gpus(...gpu({}, null)), probe);
    scene.observe(240, {}, { ...probe, outcome: Outcome.FAILED, failure, body: { case: undefined } });
    scene.observe(300, gpus(...gpu()), probe);

    expect(scene.texts()).toEqual([first]);
  });

  it("tells new versions of K3s, containerd and Ollama, and another identity in the tailnet", () => {
    const services = (k3s: string, containerd: string, ollama: string, stableId: string): readonly SubjectInit[] => [
      { kind: "k3s", id: "", outcome: Outcome.OK, value: { case: "k3s", value: { version: k3s, role: "agent" } } },
      {
        kind: "container_runtime",
        id: "",
        outcome: Outcome.OK,
        value: { case: "containerRuntime", value: { name: "containerd", version: containerd } },
      },
      { kind: "ollama_server", id: "", outcome: Outcome.OK, value: { case: "ollamaServer", value: { version: ollama } } },
      { kind: "tailscale", id: "", outcome: Outcome.OK, value: { case: "tailscale", value: { stableId, tailnet: "example" } } },
    ];
    const scene = aScene();
    scene.observe(0, { subjects: services("v1.33.6+k3s1", "2.0.5", "0.32.15", "n1") }, { probe: "services" });
    scene.observe(60, { subjects: services("v1.33.6+k3s1", "2.0.5", "", "n1") }, { probe: "services" });
    scene.observe(120, { subjects: services("v1.34.1+k3s1", "2.1.0", "0.33.0", "n2") }, { probe: "services" });

    expect(scene.texts().slice(1)).toEqual([
      "K3s: version v1.33.6+k3s1 → v1.34.1+k3s1",
      "containerd: version 2.0.5 → 2.1.0",
      "Ollama: version 0.32.15 → 0.33.0",
      "Tailscale: stable id n1 → n2",
    ]);
  });

  it("tells models that are pulled, renewed and removed, and nothing while Ollama does not run", () => {
    const models = (names: Readonly<Record<string, string>>, isWhole = true) => ({
      subjects: Object.entries(names).map(
        ([name, digest]): SubjectInit => ({
          kind: "ollama_model",
          id: name,
          outcome: Outcome.OK,
          value: { case: "ollamaModel", value: { digest } },
        }),
      ),
      lists: [list("ollama_model", isWhole)],
    });
    const scene = aScene();
    scene.observe(0, models({ a: "sha256:0123456789abcdef" }), { probe: "ollama" });
    scene.observe(60, models({ a: "sha256:0123456789abcdef", b: "sha256:b" }), { probe: "ollama" });
    scene.observe(120, models({}, false), { probe: "ollama" });
    scene.observe(180, models({ a: "sha256:fedcba9876543210" }), { probe: "ollama" });

    expect(scene.texts().slice(1)).toEqual([
      "Ollama's model b appeared",
      "Ollama's model a: digest 0123456789ab → fedcba987654",
      "Ollama's model b is gone",
    ]);
    expect(scene.changes()[2]?.fields).toEqual([
      { name: "digest", before: "sha256:0123456789abcdef", after: "sha256:fedcba9876543210" },
    ]);
  });
});
