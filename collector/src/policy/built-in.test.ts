/** The policy that is built in, on five machines. */
import { describe, expect, it } from "vitest";
import { builtInPolicy, builtInPolicyText } from "./built-in.ts";
import { type DecidedTag, decideDiskTags, decideNodeTags } from "./decide-tags.ts";
import type { KnownFacts } from "./known-facts.ts";
import { readPolicy } from "./read-policy.ts";
import { bobcat, neko, neko2, panther, siberian } from "./test-support/machines.ts";
import { type FactsInit, madeFacts } from "./test-support/made-facts.ts";

/** Labels that it gives; what is undecided says why. */
function labelsOf(facts: KnownFacts): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const { key, value } of builtInPolicy.labels) {
    const decided = value.evaluate(facts);
    if (decided.kind === "undecided") labels[key] = `undecided: ${decided.reason}`;
    else if (decided.value !== null) labels[key] = String(decided.value);
  }
  return labels;
}

/** Those that are there. */
function namesOf(tags: readonly DecidedTag[]): readonly string[] {
  return tags.filter(({ decided }) => decided.kind === "value" && decided.value === true).map(({ tag }) => tag);
}

describe("feature 57: labels from facts by rules: the built-in policy", () => {
  const machines: readonly (readonly [name: string, facts: FactsInit, labels: Readonly<Record<string, string>>])[] = [
    ["neko", neko, { "storage-class": "nvme", "backup-gateway": "true" }],
    ["neko2", neko2, { "storage-class": "nvme" }],
    [
      "panther",
      panther,
      { "storage-class": "ssd", "gpu.product": "rtx-3050-ti", "gpu.memory-gib": "4", "ollama-role": "embeddings" },
    ],
    ["bobcat", bobcat, { "storage-class": "nvme", board: "raspberry-pi-5" }],
    [
      "siberian",
      siberian,
      { "storage-class": "nvme", "gpu.product": "rtx-5070-ti", "gpu.memory-gib": "16", "ollama-role": "generation" },
    ],
  ];

  it.each(machines)("labels %s as it is", (_, facts, labels) => {
    expect(labelsOf(madeFacts(facts))).toEqual(labels);
  });

  it.each([
    ["neko", neko, ["nvme", "fast"], ["core"]],
    ["neko2", neko2, ["nvme", "fast"], ["core"]],
    ["panther", panther, ["ssd"], ["core"]],
    ["bobcat", bobcat, ["nvme"], ["edge"]],
  ])("tags the disk and the node of %s as they are", (_, machine, diskTags, nodeTags) => {
    const facts = madeFacts(machine);

    expect(namesOf(decideDiskTags(builtInPolicy.storage, facts, [facts.facts.systemDisk?.id ?? ""]))).toEqual(diskTags);
    expect(namesOf(decideNodeTags(builtInPolicy.storage, facts))).toEqual(nodeTags);
  });

  it("labels a machine of which one disk declares that it fails", () => {
    const disks = [{ id: "a", health: "ok" }, { id: "b", health: "failing" }, { id: "c" }];

    expect(labelsOf(madeFacts({ ...neko2, disks }))).toEqual({ "storage-class": "nvme", "disk-failing": "true" });
  });

  it("takes the largest of several GPUs, the first of those by their address", () => {
    const small = { id: "0000:01:00.0", product: "gtx-1060", memoryGib: 6, isIntegrated: false };
    const large = { id: "0000:41:00.0", product: "rtx-3060", memoryGib: 12, isIntegrated: false };
    const twin = { id: "0000:61:00.0", product: "rtx-5070", memoryGib: 12, isIntegrated: false };

    expect(labelsOf(madeFacts({ ...siberian, gpus: [small, large, twin] }))).toMatchObject({
      "gpu.product": "rtx-3060",
      "gpu.memory-gib": "12",
    });
  });

  it("names a GPU of which its driver did not tell the memory yet, and holds what depends on that", () => {
    const gpu = { id: "0000:01:00.0", product: "rtx-3050-ti", isIntegrated: false };

    expect(labelsOf(madeFacts({ ...panther, gpus: [gpu] }))).toEqual({
      "storage-class": "ssd",
      "gpu.product": "rtx-3050-ti",
      "gpu.memory-gib": "undecided: gpus 0000:01:00.0.memory_gib is not known",
      "ollama-role": "undecided: gpus 0000:01:00.0.memory_gib is not known",
    });
  });

  it("holds what it cannot tell, and decides the rest", () => {
    const facts = madeFacts(panther, { gpus: "the list of its GPUs is not complete", systemDisk: "no word of disks" });

    expect(labelsOf(facts)).toEqual({
      "storage-class": "undecided: no word of disks",
      "gpu.product": "undecided: the list of its GPUs is not complete",
      "gpu.memory-gib": "undecided: the list of its GPUs is not complete",
      "ollama-role": "undecided: the list of its GPUs is not complete",
    });
  });

  it("labels no disk of which it cannot be told what it is", () => {
    expect(labelsOf(madeFacts({ ...neko2, systemDisk: { id: "x", type: "" } }))).toEqual({});
    expect(labelsOf(madeFacts({ ...neko2, systemDisk: { id: "x", type: "virtual" } }))).toEqual({});
  });

  it("describes at once, and only plans what takes something away", () => {
    expect(builtInPolicy).toMatchObject({
      source: "built in",
      domain: "nodekeeper.axiomlayer.com",
      modes: { describe: "enforce", restrict: "plan", move: "plan" },
      dwell: { changeMs: 60_000, removeMs: 900_000 },
      taints: [],
      conditions: ["DiskHealthy", "TailnetConnected", "GPUHealthy", "StoragePrerequisites"],
      advice: { wildcardName: undefined },
      storage: { defaultDisks: [] },
      onboarding: { skip: [], agent: undefined, longhorn: undefined },
    });
    expect(builtInPolicy.labels[0]?.value.place).toBe("built in: labels.storage-class");
  });

  it("comes to the same when its text is given as a file", () => {
    const copied = readPolicy(builtInPolicyText, { source: "policy.yaml", builtIn: builtInPolicy });

    expect(copied).toMatchObject({ kind: "good", policy: { hash: builtInPolicy.hash, domain: builtInPolicy.domain } });
  });
});
