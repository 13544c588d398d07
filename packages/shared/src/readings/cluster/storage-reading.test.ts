import { describe, expect, it } from "vitest";
import type { SubjectBody } from "../../api/node.ts";
import type { Explanation } from "../../api/reconcile.ts";
import { schedulingText, storageReading } from "./storage-reading.ts";

function about(item: string, init: Partial<Explanation> = {}): Explanation {
  const common = {
    reconciler: "longhorn-disks",
    noun: "Longhorn setting",
    node: "neko",
    item,
    others: [],
    place: "",
    expression: "",
  };
  return { ...common, wanted: "absent", why: "", facts: [], actions: [], next: "", ...init };
}

function subject(kind: string, id: string, value: Readonly<Record<string, unknown>>): SubjectBody {
  return { kind, id, probe: "disks", outcome: "ok", freshness: "fresh", samples: {}, value };
}

const fact = (name: string, value: string): Explanation["facts"][number] => ({
  path: name,
  value,
  probe: "",
  freshness: "fresh",
});
const path = (value: string): Explanation["facts"] => [fact("longhorn.disks.a.path", value)];
const folder = (id: string, on: string): SubjectBody =>
  subject("longhorn_disk", id, { mountPoint: id, physicalBlockDeviceIds: [on], isMountPoint: true });

describe("Longhorn's disks", () => {
  it("are told one by one, with their tags and what stands behind them", () => {
    const explanations = [
      about("disks/b%2Fc/tags/example.com/fast", { live: "true" }),
      about("disks/a/allowScheduling", { live: "true", wanted: "value", value: "false", facts: path("/mnt/a/") }),
      about("tags/core"),
      about("x", { reconciler: "node-labels" }),
    ];
    const subjects = [folder("/mnt/a", "1"), folder("/mnt/z", "2"), subject("block_device", "1", { name: "sda", model: "X 1" })];

    const reading = storageReading(explanations, subjects);

    expect(reading?.disks.map(({ name, tags }) => [name, tags.map(({ tag }) => tag)])).toEqual([
      ["a", []],
      ["b/c", ["example.com/fast"]],
    ]);
    expect(reading?.disks[0]?.folder?.behind).toEqual(["sda (X 1)"]);
    expect(reading?.disks.map(schedulingText)).toEqual(["takes new replicas → takes none", "not known"]);
    expect(reading?.nodeTags.map(({ tag }) => tag)).toEqual(["core"]);
    expect(reading?.folders.map((each) => each.path)).toEqual(["/mnt/z"]);
  });

  it("are where Longhorn says, on the disks that they were matched with, where the agent found no folder of theirs", () => {
    const facts = [...path("/dev/nvme1n1"), fact("disk", "1")];
    const reading = storageReading(
      [about("disks/a/allowScheduling", { facts })],
      [subject("block_device", "1", { name: "nvme1n1" })],
    );
    expect(reading?.disks[0]?.folder).toMatchObject({ path: "/dev/nvme1n1", behind: ["nvme1n1"] });
  });

  it("are not told of where there is nothing of Longhorn's", () => {
    expect(storageReading([about("x", { reconciler: "node-labels" })], [])).toBeUndefined();
    expect(storageReading([about("disks/a/tags/ssd")], [folder("/mnt/a", "1")])?.disks[0]?.folder).toBeUndefined();
  });

  it("are held as a whole where nothing can be told of the node", () => {
    expect(storageReading([about("", { wanted: "hold", why: "its agent is silent" })], [])?.hold?.why).toBe(
      "its agent is silent",
    );
  });
});
