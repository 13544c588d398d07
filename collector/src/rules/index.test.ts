import { GpuPower, KernelFaultSeverity, LonghornCheckLevel, Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { evaluateNode, type OpenFindings } from "../evaluate/evaluate-node.ts";
import { machineThatSaid, type Said, type Thing, viewAfter } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { rules } from "./index.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const id = "0000:01:00.0";
/** Longer than any rule of these waits before it speaks, or before it is silent again. */
const patienceMinutes = 62;

const gpu: Thing = {
  ...{ kind: "gpu", id },
  value: { case: "gpu", value: { vendor: "nvidia", driver: "nvidia", power: GpuPower.AWAKE } },
};
const clocks = { is_limited_by_hardware_thermal: 0, is_limited_by_power_brake: 0, is_limited_by_software_thermal: 0 };

function status(samples: Readonly<Record<string, number>> = {}, value: object = {}): Thing {
  return {
    kind: "gpu_status",
    id,
    value: { case: "gpuStatus", value: { source: "nvml", ...value } },
    samples: { ...clocks, ...samples },
  };
}

const xid: Thing = {
  ...{ kind: "kernel_fault", id: `xid ${id}` },
  value: {
    case: "kernelFault",
    value: {
      ...{ code: "nvidia-xid-62", device: id, area: "gpu", severity: KernelFaultSeverity.FAULT },
      lastAtUnixMs: BigInt(startMs),
    },
  },
};

const tailscale = (value: object): readonly Thing[] => [{ kind: "tailscale", value: { case: "tailscale", value } }];
const k3s = (value: object): readonly Thing[] => [{ kind: "k3s", value: { case: "k3s", value } }];
const pi = (isWeak: boolean): readonly Thing[] => [
  { kind: "raspberry_pi", value: { case: "raspberryPi", value: { isUnderVoltage: isWeak, hasBeenUnderVoltage: isWeak } } },
];
const check = (level: LonghornCheckLevel): readonly Thing[] => [
  { kind: "longhorn_check", id: "iscsid", value: { case: "longhornCheck", value: { level, message: "It does not run." } } },
];
const path: Thing = { kind: "longhorn_path", id: "/data", value: { case: "longhornPath", value: { problem: "unmounted" } } };
const server = (isRunning: boolean): readonly Thing[] => [
  { kind: "ollama_server", value: { case: "ollamaServer", value: { isRunning, unit: "ollama.service" } } },
];
const endpoint = (failure?: string): readonly Thing[] =>
  failure === undefined
    ? [{ kind: "ollama_endpoint", value: { case: "ollamaEndpoint", value: {} } }]
    : [{ kind: "ollama_endpoint", failure }];
const model: Thing = {
  ...{ kind: "ollama_loaded_model", id: "m" },
  value: { case: "ollamaLoadedModel", value: { sizeBytes: 9n << 30n, sizeVramBytes: 9n << 30n } },
};
const process: Thing = {
  ...{ kind: "gpu_process", id: `${id} 1` },
  value: { case: "gpuProcess", value: { gpuId: id, purpose: "ollama", owner: { pidNumber: 1, processName: "ollama" } } },
  samples: { memory_used_bytes: 9.2 * 2 ** 30 },
};
const peer = (isRelayed: boolean): readonly Thing[] => [
  {
    ...{ kind: "tailscale_peer", id: "n1", samples: { is_active: 1 } },
    value: { case: "tailscalePeer", value: { isWatched: true, path: isRelayed ? 2 : 1 } },
  },
];
const key = (days: number): object => ({ backendState: "Running", keyExpiresAtUnixMs: BigInt(startMs + days * dayMs) });

const whole = ["gpu", "gpu_status", "gpu_process", "kernel_fault", "longhorn_path", "longhorn_check", "ollama_loaded_model"];

/** What a machine says each minute, first broken and then well, and which of its findings are open. */
function live(rule: string, broken: readonly Thing[], well: readonly Thing[]) {
  const probe = rule.startsWith("tailscale") ? "tailscale" : "p";
  let open: OpenFindings = new Map();
  const openAt = (things: readonly Thing[], from: number): readonly (string | undefined)[] =>
    Array.from({ length: patienceMinutes }, (_, minute) => {
      const afterMs = (from + minute) * minuteMs;
      const said: Said = { probe, things, whole, atMs: startMs + afterMs };
      open = evaluateNode(rules, viewAfter(machineThatSaid(said), afterMs), open, (_rule, thrown) => {
        throw thrown;
      }).open;
      return [...open.values()].find(({ finding }) => finding.rule === rule)?.finding.state;
    });
  return { before: openAt(broken, 0), after: openAt(well, patienceMinutes) };
}

describe("feature 56: a finding ends by itself when its fault is gone", () => {
  it.each<{ rule: string; broken: readonly Thing[]; well: readonly Thing[] }>([
    { rule: "gpu-unavailable", broken: [gpu, { kind: "gpu_status", id, failure: "GPU_DRIVER_MISMATCH" }], well: [gpu, status()] },
    { rule: "gpu-unavailable", broken: [gpu, { kind: "gpu_status", id, failure: "GPU_LOST" }], well: [gpu, status()] },
    { rule: "gpu-clocks-limited", broken: [gpu, status({ is_limited_by_power_brake: 1 })], well: [gpu, status()] },
    { rule: "gpu-hot-for-long", broken: [gpu, status({ is_limited_by_software_thermal: 1 })], well: [gpu, status()] },
    { rule: "gpu-memory-errors", broken: [gpu, status({}, { recoveryAction: "gpu-reset" })], well: [gpu, status()] },
    { rule: "gpu-xid", broken: [xid], well: [] },
    { rule: "ollama-on-cpu", broken: [gpu, status(), model], well: [gpu, status(), model, process] },
    { rule: "ollama-unreachable", broken: server(false), well: server(true) },
    { rule: "ollama-unreachable", broken: endpoint("OLLAMA_LOOPBACK_ONLY"), well: endpoint() },
    { rule: "tailscale-down", broken: tailscale({ backendState: "NeedsLogin" }), well: tailscale({ backendState: "Running" }) },
    { rule: "tailscale-key-expiring", broken: tailscale(key(5)), well: tailscale(key(180)) },
    { rule: "tailscale-path-relayed", broken: peer(true), well: peer(false) },
    { rule: "raspberry-pi-power", broken: pi(true), well: pi(false) },
    { rule: "longhorn-prerequisite", broken: check(LonghornCheckLevel.ERROR), well: check(LonghornCheckLevel.INFO) },
    { rule: "longhorn-path-unmounted", broken: [path], well: [] },
    {
      rule: "k3s-not-running",
      broken: k3s({ isRunning: false, isEnabled: true }),
      well: k3s({ isRunning: true, isEnabled: true }),
    },
    {
      rule: "k3s-certificate-expiring",
      broken: k3s({ isRunning: true, certificateExpiresAtUnixMs: BigInt(startMs + 3 * dayMs) }),
      well: k3s({ isRunning: true, certificateExpiresAtUnixMs: BigInt(startMs + 300 * dayMs) }),
    },
  ])("$rule fires while it lasts, and is resolved after it", ({ rule, broken, well }) => {
    const { before, after } = live(rule, broken, well);

    expect(before.at(-1)).toBe("firing");
    expect(after.at(-1)).toBeUndefined();
  });

  it("is not resolved by silence: what stands, stands", () => {
    let open: OpenFindings = new Map();
    const node = machineThatSaid({ things: [gpu, { kind: "gpu_status", id, failure: "GPU_LOST" }], whole });
    for (const minute of [0, 1, 10, 60, 600]) {
      open = evaluateNode(rules, viewAfter(node, minute * minuteMs), open, () => undefined).open;
    }
    const found = [...open.values()].find(({ finding }) => finding.rule === "gpu-unavailable")?.finding;

    const silence = [...open.values()].find(({ finding }) => finding.rule === "node-not-reporting")?.finding;

    expect(found).toMatchObject({ state: "firing", isHeld: true });
    expect(silence).toMatchObject({ state: "firing" });
    expect(found?.suppressedBy).toBe(silence?.id);
  });

  it("leaves a machine that is well, asleep or without any of these alone", () => {
    const asleep: Thing = { ...gpu, value: { case: "gpu", value: { vendor: "nvidia", power: GpuPower.ASLEEP } } };
    const things = [
      ...[asleep, status()],
      ...tailscale({ backendState: "Running", isOnline: true }),
      ...k3s({ isRunning: true, isEnabled: true }),
      ...pi(false),
      { kind: "ollama_server", outcome: Outcome.ABSENT },
      { kind: "ollama_endpoint", outcome: Outcome.ABSENT },
    ];
    const { open } = evaluateNode(rules, viewAfter(machineThatSaid({ things, whole })), new Map(), () => undefined);

    expect([...open.keys()]).toEqual([]);
  });
});
