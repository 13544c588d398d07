/** The machine and its services as they are known. */
import { LonghornCheckLevel, Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { list } from "../../test-support/observations.ts";
import type { KnownFacts } from "../known-facts.ts";
import { absent, after, failed, knownOf, ok, proven, reasonOf, type SubjectInit, without } from "../test-support/told-node.ts";

describe("the machine", () => {
  const subjects = [
    ok("operating_system", "", {
      case: "operatingSystem",
      value: { id: "debian", versionId: "12", kernelRelease: "6.12.47+rpt-rpi-2712", architecture: "aarch64" },
    }),
    ok("board", "", { case: "board", value: { vendor: "Raspberry Pi Ltd", productName: "Raspberry Pi 5 Model B Rev 1.0" } }),
    ok("cpu", "", { case: "cpu", value: { logicalCount: 4 } }),
    ok("memory", "", { case: "memory", value: { totalBytes: 8_453_619_712n } }),
  ];

  it("is told as Kubernetes and its maker do", () => {
    expect(knownOf(after(proven, "system", { subjects })).facts.machine).toMatchObject({
      architecture: "arm64",
      kernelRelease: "6.12.47+rpt-rpi-2712",
      osId: "debian",
      osVersion: "12",
      vendor: "Raspberry Pi Ltd",
      productName: "Raspberry Pi 5 Model B Rev 1.0",
      board: "raspberry-pi-5",
      virtualization: "",
      cpuCount: 4,
      memoryGib: 8,
    });
  });

  it("has no board where it does not say what it is, and an unknown one where that could not be read", () => {
    const [system] = subjects;

    expect(knownOf(after(proven, "system", { subjects: [system ?? {}, absent("board")] })).facts.machine?.board).toBe("");
    expect(
      knownOf(after(proven, "system", { subjects: [system ?? {}, failed("board", "")] })).facts.machine?.board,
    ).toBeUndefined();
  });
});

describe("services", () => {
  it("are known not to be there", () => {
    const node = ["tailscale", "ollama", "kubernetes", "longhorn"].reduce(
      (each, probe) => without(each, probe, Outcome.ABSENT),
      proven,
    );
    const { facts } = knownOf(node);

    expect(facts.tailnet).toMatchObject({ isInstalled: false, isOnline: false, name: "", address: "", tags: [] });
    expect(facts.ollama).toMatchObject({ isInstalled: false, isRunning: false, version: "", models: [] });
    expect(facts.k3s).toMatchObject({ isInstalled: false, role: "", version: "" });
    expect(facts.longhorn).toMatchObject({ isHere: false, failedChecks: [] });
    expect(facts.longhorn?.hasPrerequisites).toBeUndefined();
  });

  it("tell of the tailnet what the daemon says", () => {
    const daemon = {
      backendState: "Running",
      dnsName: "neko.tail1234.ts.net",
      addresses: ["fd7a::1", "100.64.0.7"],
      tags: ["tag:k8s"],
      isOnline: true,
    };
    const running = after(proven, "tailscale", { subjects: [ok("tailscale", "", { case: "tailscale", value: daemon })] });
    const stopped = after(proven, "tailscale", {
      subjects: [ok("tailscale", "", { case: "tailscale", value: { backendState: "Stopped" } })],
    });

    expect(knownOf(running).facts.tailnet).toMatchObject({
      isInstalled: true,
      isOnline: true,
      name: "neko",
      address: "100.64.0.7",
      tags: ["tag:k8s"],
    });
    expect(knownOf(stopped).facts.tailnet).toMatchObject({ isInstalled: true, isOnline: false });
    expect(reasonOf(after(proven, "tailscale", { subjects: [failed("tailscale", "")] }), "tailnet")).toBe("EIO");
  });

  it("tell of an Ollama that does not run that it is there, and not what it has", () => {
    const subjects = [
      ok("ollama_server", "", { case: "ollamaServer", value: { isRunning: false, unit: "ollama.service" } }),
      absent("ollama_endpoint"),
    ];
    const { facts, groups } = knownOf(after(proven, "ollama", { subjects, lists: [list("ollama_model", false)] }));

    expect(facts.ollama).toMatchObject({ isInstalled: true, isRunning: false, isReachable: false });
    expect(groups.ollama).toMatchObject({
      kind: "known",
      gaps: { models: "the list of its models is not complete: one could not be read" },
    });
  });

  it("tell whether others reach Ollama", () => {
    const server = ok("ollama_server", "", { case: "ollamaServer", value: { isRunning: true, version: "0.12.3" } });
    const loopback = {
      ...failed("ollama_endpoint", ""),
      failure: { code: "OLLAMA_LOOPBACK_ONLY", message: "it listens on 127.0.0.1" },
    };
    const reach = (endpoint: SubjectInit): boolean | undefined =>
      knownOf(after(proven, "ollama", { subjects: [server, endpoint], lists: [list("ollama_model", true)] })).facts.ollama
        ?.isReachable;

    expect(reach(ok("ollama_endpoint", "", { case: "ollamaEndpoint", value: { addresses: ["0.0.0.0:11434"] } }))).toBe(true);
    expect(reach(loopback)).toBe(false);
    expect(reach(failed("ollama_endpoint", ""))).toBeUndefined();
  });

  it("tell which of Longhorn's checks failed, and not that all is well while one could not be made", () => {
    const check = (id: string, level: LonghornCheckLevel): SubjectInit =>
      ok("longhorn_check", id, { case: "longhornCheck", value: { level } });
    const longhornOf = (...subjects: SubjectInit[]): KnownFacts =>
      knownOf(after(proven, "longhorn", { subjects, lists: [list("longhorn_check", true)] }));

    expect(
      longhornOf(check("iscsid", LonghornCheckLevel.INFO), check("kernel", LonghornCheckLevel.WARN)).facts.longhorn,
    ).toMatchObject({
      hasPrerequisites: true,
      failedChecks: [],
    });
    expect(
      longhornOf(check("nfs-client", LonghornCheckLevel.ERROR), check("iscsid", LonghornCheckLevel.ERROR)).facts.longhorn,
    ).toMatchObject({
      hasPrerequisites: false,
      failedChecks: ["iscsid", "nfs-client"],
    });
    const half = longhornOf(check("iscsid", LonghornCheckLevel.INFO), failed("longhorn_check", "kernel"));
    expect(half.facts.longhorn?.hasPrerequisites).toBeUndefined();
    expect(half.groups.longhorn).toMatchObject({ gaps: { failed_checks: "it could not be told how these came out: kernel" } });
  });
});
