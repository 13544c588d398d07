import { describe, expect, it } from "vitest";
import type { SubjectBody } from "../api/node.ts";
import { gpuMachine, gpuMachineNowMs as nowMs } from "../test-support/gpu-machine.ts";
import { machineTroubles } from "./machine-troubles.ts";

const dayMs = 86_400_000;

function aSubject(kind: string, value: Readonly<Record<string, unknown>>, overrides: Partial<SubjectBody> = {}): SubjectBody {
  return { kind, id: "", probe: "p", outcome: "ok", freshness: "fresh", value: { ...value }, samples: {}, ...overrides };
}

function troubles(...subjects: readonly SubjectBody[]): readonly string[] {
  return machineTroubles(subjects, nowMs).map(({ level, place, text }) => `${level} ${place}: ${text}`);
}

function ofGpus(init: Parameters<typeof gpuMachine>[0]): readonly string[] {
  const { subjects, lists } = gpuMachine(init);
  return machineTroubles(subjects, nowMs, lists).map(({ level, place, text }) => `${level} ${place}: ${text}`);
}

describe("machineTroubles of GPUs and Ollama", () => {
  const failed = (code: string) => ({ status: { outcome: "failed", failure: { code, message: "no" } } as const });

  it("finds nothing wrong with a GPU that works, sleeps, is taken by a game, or may not be asked", () => {
    const game = { pid: 1, name: "game.exe", purpose: "game", gib: 12 };

    expect(ofGpus({})).toEqual([]);
    expect(ofGpus({ gpus: [{ value: { power: "asleep" }, samples: { is_limited_by_hardware_thermal: 1 } }] })).toEqual([]);
    expect(ofGpus({ processes: [game], gpus: [{ samples: { is_limited_by_power_cap: 1 } }] })).toEqual([]);
    expect(ofGpus({ gpus: [failed("GPU_PERMISSION_DENIED")] })).toEqual([]);
  });

  it("tells each way in which one does not work", () => {
    expect(ofGpus({ gpus: [failed("GPU_LOST")] })).toEqual(["high RTX 5070 Ti: it has fallen off the bus and does not answer"]);
    expect(ofGpus({ gpus: [failed("GPU_DRIVER_MISMATCH")] })[0]).toMatch(/^medium .*waits for a restart/);
    expect(ofGpus({ gpus: [failed("GPU_DRIVER_MISSING")] })[0]).toMatch(/^low .*no driver/);
  });

  it("tells heat, a power brake and faults of its memory", () => {
    const samples = { is_limited_by_hardware_thermal: 1, is_limited_by_power_brake: 1, temperature_celsius: 93 };
    const statusValue = { hasRowRemapFailed: true, isPageRetirementPending: true, recoveryAction: "gpu-reset" };

    expect(ofGpus({ gpus: [{ samples: { ...samples, ecc_uncorrected_errors_total: 2 }, statusValue }] })).toEqual([
      "high RTX 5070 Ti: a faulty row of its memory could not be replaced",
      "medium RTX 5070 Ti: its hardware slows it down for heat (93 °C)",
      "medium RTX 5070 Ti: its power supply holds it back (power brake)",
      "medium RTX 5070 Ti: a faulty part of its memory waits to be taken out of use",
      "medium RTX 5070 Ti: 2 errors of its memory could not be corrected since the driver was loaded",
      "medium RTX 5070 Ti: its driver asks for gpu reset",
    ]);
  });

  it("tells a model that fell back to the CPU, and concludes nothing from processes that a list may lack", () => {
    const fallen = {
      loaded: [{ name: "a", sizeGib: 2, vramGib: 2 }],
      processes: [{ pid: 1, name: "Xorg", purpose: "desktop", gib: 2 }],
    };

    expect(ofGpus(fallen)[0]).toMatch(/^medium a: on the CPU, though Ollama claims 2.0 GiB/);
    expect(troubles(...gpuMachine(fallen).subjects)).toEqual([]);
  });

  it("tells a server that does not run, that nobody reaches, and that waits for a restart", () => {
    const loopback = { outcome: "failed", failure: { code: "OLLAMA_LOOPBACK_ONLY", message: "no" } } as const;

    expect(troubles(aSubject("ollama_server", { isRunning: false, unit: "ollama.service" }))).toEqual([
      "medium Ollama: ollama.service is installed and does not run",
    ]);
    expect(troubles(aSubject("ollama_endpoint", {}, loopback))).toEqual([
      "low Ollama: no other machine reaches it: it listens on loopback",
    ]);
    expect(troubles(aSubject("ollama_server", { isRunning: true, isRestartNeeded: true }))).toHaveLength(1);
    expect(troubles(aSubject("ollama_server", { isRunning: false, unit: "" }))).toEqual([]);
    expect(troubles(aSubject("ollama_server", { isRunning: false, unit: "ollama.service", isEnabled: false }))).toEqual([]);
  });
});

describe("machineTroubles of the tailnet, the board and the cluster", () => {
  it("tells a tailnet that is not joined, a key that ends, and what the daemon complains of", () => {
    const key = { backendState: "Running", keyExpiresAtUnixMs: nowMs + 6 * dayMs };

    expect(troubles(aSubject("tailscale", { backendState: "NeedsLogin", healthMessages: ["You are logged out."] }))).toEqual([
      "medium Tailscale: it is not connected: NeedsLogin",
    ]);
    expect(troubles(aSubject("tailscale", { backendState: "Stopped" }))).toEqual(["low Tailscale: it is not connected: Stopped"]);
    expect(troubles(aSubject("tailscale", { ...key, isOnline: false, healthMessages: ["DNS is slow."] }))).toEqual([
      "medium Tailscale: the key of this machine ends in 6 d",
      "low Tailscale: it does not reach its control plane",
      "low Tailscale: DNS is slow",
    ]);
    expect(troubles(aSubject("tailscale", { ...key, keyExpiresAtUnixMs: nowMs + dayMs / 2 }))).toEqual([
      "medium Tailscale: the key of this machine ends in 12 h",
    ]);
    expect(troubles(aSubject("tailscale", { ...key, isKeyExpired: true }))).toEqual([
      "medium Tailscale: the key of this machine has ended",
    ]);
    expect(troubles(aSubject("tailscale", { backendState: "Running", keyExpiresAtUnixMs: nowMs + 90 * dayMs }))).toEqual([]);
  });

  it("tells weak power of a board, and that it is why the NVMe drive dropped out", () => {
    const reset = aSubject("kernel_fault", { code: "nvme-controller-reset", device: "nvme0", severity: "notice" });
    const weak = aSubject("raspberry_pi", { hasBeenUnderVoltage: true, isUnderVoltage: false });

    expect(troubles(weak)).toEqual(["low board: its supply voltage was too low"]);
    expect(troubles(aSubject("raspberry_pi", { isUnderVoltage: true }))).toEqual(["medium board: its supply voltage is too low"]);
    expect(troubles(weak, reset)).toEqual([
      "high board: its supply voltage was too low, and its NVMe drive dropped out: the power supply is the likely cause",
    ]);
    expect(troubles(aSubject("raspberry_pi", { isUnderVoltage: false, hasBeenUnderVoltage: false }), reset)).toEqual([]);
    const dip = (daysAgo: number) =>
      aSubject("kernel_fault", { code: "undervoltage", severity: "warning", lastAtUnixMs: nowMs - daysAgo * dayMs });
    expect(troubles(weak, dip(6))).toEqual(["low board: its supply voltage was too low"]);
    expect(troubles(weak, dip(8))).toEqual([]);
  });

  it("tells that K3s cannot start where the firmware switched cgroups of memory off, and leaves other boards alone", () => {
    const board = aSubject("raspberry_pi", { isMemoryCgroupEnabled: false });

    expect(troubles(board)).toEqual([]);
    expect(troubles(board, aSubject("k3s", { isRunning: true }))).toHaveLength(1);
  });

  it("tells K3s that does not run, its certificate and its upgrade", () => {
    const certificate = { isRunning: true, certificateExpiresAtUnixMs: nowMs + dayMs / 2, isRestartNeeded: true };

    expect(troubles(aSubject("k3s", { isRunning: false, isEnabled: true, role: "server" }))).toEqual([
      "high K3s: it does not run, though it is to be started at boot",
    ]);
    const leftOver = { isRunning: false, isEnabled: false, certificateExpiresAtUnixMs: nowMs - dayMs };
    expect(troubles(aSubject("k3s", leftOver))).toEqual([]);
    expect(troubles(aSubject("k3s", certificate))).toEqual([
      "high K3s: the certificate of its kubelet ends in 12 h",
      "low K3s: an upgrade waits for its restart",
    ]);
  });

  it("tells what Longhorn lacks by whether it keeps data here, and folders that are not mounted", () => {
    const check = (level: string) => aSubject("longhorn_check", { level, message: "iscsid does not run." }, { id: "iscsid" });
    const data = aSubject("longhorn_disk", {}, { id: "/var/lib/longhorn" });

    expect(troubles(check("error"))).toEqual(["low Longhorn iscsid: iscsid does not run"]);
    expect(troubles(check("error"), data)).toEqual(["medium Longhorn iscsid: iscsid does not run"]);
    expect(troubles(check("info"), data)).toEqual([]);
    const folders = (value: object) => aSubject("longhorn_check", { level: "info", ...value }, { id: "disk-folders" });
    expect(troubles(check("error"), folders({ folders: ["/data"], isLonghornHere: true }))).toHaveLength(1);
    expect(troubles(check("error"), folders({ isLonghornHere: false }))).toEqual([]);
    expect(troubles(aSubject("longhorn_path", { problem: "on-root-filesystem" }, { id: "/data" }))).toEqual([
      "high /data: on root filesystem",
    ]);
  });
});
