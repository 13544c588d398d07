import { describe, expect, it } from "vitest";
import type { SubjectBody } from "../api/node.ts";
import {
  boardPowerText,
  externalPcieText,
  fanText,
  gpuAwakeText,
  gpuName,
  gpuShortName,
  gpuSlowedText,
  isBoardHeldBack,
  isPeerWorthSeeing,
  k3sText,
  keyText,
  longhornNeeds,
  longhornText,
  modelText,
  ollamaEndpointText,
  ollamaSettings,
  ollamaVersionText,
  peerCountsText,
  peerKeyText,
  peerName,
  peerPathText,
  peersWorstFirst,
  peerTone,
  runtimeText,
  tailscaleText,
  unloadText,
} from "./index.ts";

const nowMs = Date.UTC(2026, 0, 10);
const dayMs = 86_400_000;

function a(kind: string, value: SubjectBody["value"] = {}, samples: Readonly<Record<string, number>> = {}): SubjectBody {
  return { kind, id: "x", probe: "p", outcome: "ok", freshness: "fresh", value: { ...value }, samples: { ...samples } };
}

describe("what is not known", () => {
  it("has no words, and is never zero", () => {
    expect(boardPowerText(a("raspberry_pi"))).toBe("");
    expect(fanText(a("raspberry_pi"))).toBe("");
    expect(externalPcieText(a("raspberry_pi"))).toBe("");
    expect(gpuAwakeText(a("gpu"))).toBe("");
    expect(gpuSlowedText(a("gpu_status"))).toBe("");
    expect(keyText(a("tailscale"), nowMs)).toBe("");
    expect(peerCountsText(a("tailscale"))).toBe("");
    expect(unloadText(a("ollama_loaded_model"), nowMs)).toBe("");
    expect(modelText(a("ollama_model"))).toBe("");
    expect(ollamaSettings(a("ollama_server"))).toEqual([]);
    expect(ollamaEndpointText(undefined)).toBe("");
    expect(longhornText([])).toBe("");
    expect(k3sText(a("k3s"), nowMs)).toBe("");
  });
});

describe("a GPU", () => {
  const holder = (name: string, more = {}) => ({ processName: name, ...more });
  const awake = (holders: readonly object[], holderCount = holders.length) =>
    gpuAwakeText(a("gpu", { power: "awake", sleep: { isPossible: true, holders, holderCount } }));

  it("is kept awake by whoever has it open, each named once by what it belongs to", () => {
    expect(awake([holder("python3", { podNamespace: "ml", podName: "job-1", user: "root" })])).toBe(
      "kept awake by python3 (ml/job-1)",
    );
    expect(awake([holder("steam", { unit: "user@1000.service", user: "mika" }), holder("Xorg", { unit: "gdm.service" })])).toBe(
      "kept awake by steam (mika), Xorg (gdm.service)",
    );
    expect(awake([{ pidNumber: 7 }, { pidNumber: 7 }, holder("b"), holder("c"), holder("d"), holder("e")])).toBe(
      "kept awake by process 7, b, c, d and 1 more",
    );
    expect(awake([], 3)).toBe("kept awake by 3 processes");
    expect(awake([])).toBe("");
  });

  it("that cannot sleep says why, and one that sleeps is kept awake by nobody", () => {
    const sleep = { isPossible: false, impossibleBecause: "power/control is on." };

    expect(gpuAwakeText(a("gpu", { power: "awake", sleep }))).toBe("cannot sleep: power/control is on");
    expect(gpuAwakeText(a("gpu", { power: "asleep", sleep }))).toBe("");
  });

  it("is slowed by what matters, not by being idle", () => {
    const samples = { is_limited_by_idle: 1, is_limited_by_power_cap: 1, is_limited_by_hardware_thermal: 1 };

    expect(gpuSlowedText(a("gpu_status", {}, samples))).toBe("slowed by its power limit and heat (hardware)");
    expect(gpuSlowedText(a("gpu_status", {}, { is_limited_by_idle: 1, is_limited_by_power_cap: 0 }))).toBe("");
  });

  it("without a name is called by its ids", () => {
    expect(gpuName(a("gpu", { vendor: "amd", pciId: "1002:744c" }), undefined)).toBe("amd 1002:744c");
    expect(gpuName(a("gpu"), a("gpu_status", { productName: "NVIDIA A100" }))).toBe("NVIDIA A100");
    expect(gpuShortName({ name: "NVIDIA A100" })).toBe("A100");
  });
});

describe("a Raspberry Pi's power", () => {
  const board = (value: Readonly<Record<string, boolean>>) => a("raspberry_pi", value);

  it("tells now from before", () => {
    expect(boardPowerText(board({ isUnderVoltage: false }))).toBe("power is fine");
    expect(boardPowerText(board({ isUnderVoltage: false, hasBeenUnderVoltage: true }))).toBe(
      "power is fine now; under-voltage since the start",
    );
    expect(boardPowerText(board({ isUnderVoltage: true, hasBeenUnderVoltage: true }))).toBe("under-voltage now");
    expect(isBoardHeldBack(board({ isUnderVoltage: false, hasBeenUnderVoltage: true }))).toBe(false);
    expect(isBoardHeldBack(board({ isThrottled: true }))).toBe(true);
  });

  it("names the fan, its lack, and a device without a driver", () => {
    expect(fanText(a("raspberry_pi", { hasFan: false }))).toBe("no fan");
    expect(fanText(a("raspberry_pi", { hasFan: true }, { fan_rpm: 0 }))).toBe("fan 0 rpm");
    expect(externalPcieText(a("raspberry_pi", { externalLinks: [{ address: "0001:01:00.0", hasDriver: false }] }))).toBe(
      "0001:01:00.0, no driver",
    );
  });
});

describe("Ollama", () => {
  it("says whether it runs and answers", () => {
    expect(ollamaVersionText(a("ollama_server", { isRunning: false }))).toBe("does not run");
    expect(ollamaVersionText(a("ollama_server", { isRunning: true }))).toBe("runs, and does not answer");
    expect(ollamaVersionText(a("ollama_server", { isRunning: true, version: "0.32.15" }))).toBe("0.32.15");
  });

  it("has its settings under the names that people set them by", () => {
    const settings = { parallelCount: 4, isSpreadOverGpus: false, origins: ["*"], visibleDevices: ["CUDA_VISIBLE_DEVICES=0,1"] };

    expect(ollamaSettings(a("ollama_server", { settings }))).toEqual([
      { name: "OLLAMA_ORIGINS", value: "*" },
      { name: "OLLAMA_NUM_PARALLEL", value: "4" },
      { name: "OLLAMA_SCHED_SPREAD", value: "0" },
      { name: "CUDA_VISIBLE_DEVICES", value: "0,1" },
    ]);
  });
});

describe("the tailnet", () => {
  const peer = (value: Readonly<Record<string, unknown>>, samples: Readonly<Record<string, number>> = {}) =>
    a("tailscale_peer", { isOnline: true, ...value }, samples);

  it("is the daemon's own word where it is not running, and names what the control plane says", () => {
    expect(tailscaleText(a("tailscale", { backendState: "NeedsLogin" }))).toBe("NeedsLogin");
    expect(tailscaleText(a("tailscale", { backendState: "Running", hostName: "neko", isOnline: false }))).toBe(
      "Running as neko, offline for the control plane",
    );
  });

  it("tells of a machine's key at any time, of a peer's only when it ends soon or has ended", () => {
    const later = { keyExpiresAtUnixMs: nowMs + 100 * dayMs };

    expect(keyText(a("tailscale", later), nowMs)).toBe("key ends in 100 d");
    expect(peerKeyText(peer(later), nowMs)).toBe("");
    expect(peerKeyText(peer({ keyExpiresAtUnixMs: nowMs + 3 * dayMs }), nowMs)).toBe("key ends in 3 d");
    expect(peerKeyText(peer({ isKeyExpired: true }), nowMs)).toBe("key has ended");
    expect(keyText(a("tailscale", { keyExpiresAtUnixMs: nowMs - dayMs }), nowMs)).toBe("key ended 1 d ago");
  });

  it("has a path only for peers that are active now", () => {
    const relayed = { path: "derp", pathDetail: "fra" };

    expect(peerPathText(peer(relayed, { is_active: 1 }), nowMs)).toBe("DERP fra");
    expect(peerPathText(peer(relayed, { is_active: 0 }), nowMs)).toBe("idle");
    expect(peerPathText(peer(relayed), nowMs)).toBe("idle");
    expect(peerPathText(peer({ isOnline: false }), nowMs)).toBe("offline");
    expect(peerName(peer({ hostName: "localhost", dnsName: "phone-2.tail1.ts.net" }))).toBe("phone-2");
  });

  it("puts a watched peer that is gone first, and one that nobody watches last", () => {
    const named = (dnsName: string, value = {}, samples = {}) => ({ ...peer({ dnsName, ...value }, samples), id: dnsName });
    const gone = named("gone", { isOnline: false, isWatched: true });
    const off = named("off", { isOnline: false });
    const near = named("near", { path: "direct" }, { is_active: 1, latency_seconds: 0.001 });
    const far = named("far", { path: "direct" }, { is_active: 1, latency_seconds: 0.2 });

    expect(peersWorstFirst([off, near, far, gone], nowMs).map(({ id }) => id)).toEqual(["gone", "far", "near", "off"]);
    expect([gone, off, near].map((one) => isPeerWorthSeeing(one, nowMs))).toEqual([true, false, true]);
    expect([gone, off, near].map((one) => peerTone(one, nowMs))).toEqual(["bad", "plain", "good"]);
  });
});

describe("the cluster on a node", () => {
  it("says what of K3s does not run or ends soon", () => {
    expect(k3sText(a("k3s", { role: "agent", version: "v1.33.6+k3s1", isRunning: false, startedAtUnixMs: nowMs }), nowMs)).toBe(
      "agent v1.33.6+k3s1, does not run",
    );
    expect(k3sText(a("k3s", { isRunning: true, certificateExpiresAtUnixMs: nowMs + 20 * dayMs }), nowMs)).toBe(
      "its certificate ends in 20 d",
    );
    expect(runtimeText(a("container_runtime", { name: "containerd", isRunning: false }))).toBe("containerd, does not run");
  });

  it("counts a check that could not be told apart, and lists it as no need", () => {
    const failed: SubjectBody = { ...a("longhorn_check"), outcome: "failed", failure: { code: "HOST_READ_FAILED", message: "" } };
    const fine = { ...a("longhorn_check", { level: "info" }), id: "iscsid" };

    expect(longhornText([failed, fine])).toBe("1 check fine, 1 could not be told");
    expect(longhornNeeds([failed, fine])).toEqual([]);
  });
});
