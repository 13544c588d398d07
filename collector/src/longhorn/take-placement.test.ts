import { describe, expect, it } from "vitest";
import type { Change } from "./placement.ts";
import { placementOf } from "./placement-of.ts";
import { takePlacement } from "./take-placement.ts";
import { aDisk, aLonghorn, aNode, gib, holds, type LonghornInit } from "./test-support/made-longhorn.ts";

const four = ["a", "b", "c", "d"].map((name) => aNode(name));
const onThree = { name: "v", on: ["a/d", "b/d", "c/d"] };

/** Shown names of those who lose, with how many could be placed. */
function losers(init: LonghornInit, change: Change): readonly string[] {
  return (takePlacement(aLonghorn(init))?.losersOf(change) ?? []).map(
    ({ shown, placeable, wants }) => `${shown} ${placeable}/${wants}`,
  );
}

function homeless(init: LonghornInit, node = "a", disk = "d"): readonly string[] | undefined {
  return takePlacement(aLonghorn(init))?.homelessOf(node, disk);
}

const withoutDisks = (...keys: readonly string[]): Change => ({ withoutDisks: new Set(keys) });

describe("who loses by a change", () => {
  it("is nobody while Longhorn is not known", () => {
    expect(takePlacement({ ...aLonghorn(), knowledge: { kind: "unknown", problem: undefined } })).toBeUndefined();
  });

  it("is nobody for one of four nodes beside three replicas, and the volume for a second one", () => {
    const nodes = [aNode("a", {}, [aDisk("d", { allowScheduling: false })]), ...four.slice(1)];

    expect(losers({ nodes: four, volumes: [onThree] }, withoutDisks("a/d"))).toEqual([]);
    expect(losers({ nodes, volumes: [onThree] }, withoutDisks("b/d"))).toEqual(["v 2/3"]);
  });

  it("knows a volume by its claim, and classes beside volumes", () => {
    const volumes = [{ ...onThree, claim: { namespace: "media", name: "config", workloads: [] } }];
    const init = { nodes: four.slice(0, 3), volumes, classes: [{ name: "longhorn" }, { name: "single", replicaCount: 1 }] };

    expect(losers(init, withoutDisks("a/d"))).toEqual(["longhorn 2/3", "media/config 2/3"]);
  });

  it("is nobody where nothing could be placed anyway", () => {
    const volumes = [{ name: "v", diskSelector: ["gold"] }];
    expect(losers({ nodes: four, volumes }, withoutDisks("a/d", "b/d"))).toEqual([]);
  });

  it("spares a replica that is there the room that its disk has not", () => {
    const full = aDisk("d", {}, { scheduledBytes: 100 * gib, isSchedulable: false });
    const nodes = [four[0], aNode("b", {}, [full]), four[2], aNode("d", {}, [full])].flatMap((node) => node ?? []);

    expect(losers({ nodes, volumes: [{ name: "v", replicaCount: 2, on: ["b/d"] }] }, withoutDisks("a/d"))).toEqual([]);
    expect(losers({ nodes, volumes: [{ name: "v", replicaCount: 2 }] }, withoutDisks("a/d"))).toEqual(["v 1/2"]);
  });

  it.each([
    ["promises more than there is", { scheduledBytes: 99.5 * gib }],
    ["has less free than is to stay free", { availableBytes: 25 * gib }],
    ["is not ready", { isReady: false }],
    ["is under pressure", { isSchedulable: false }],
  ])("does not count on a disk that %s", (_, status) => {
    const nodes = [...four.slice(0, 3), aNode("d", {}, [aDisk("d", {}, status)])];
    expect(losers({ nodes, volumes: [{ name: "v" }] }, withoutDisks("a/d"))).toEqual(["v 2/3"]);
  });

  it.each([
    ["is not ready", { conditions: [holds("Ready", "False"), holds("Schedulable")] }],
    ["is cordoned", { conditions: [holds("Ready"), holds("Schedulable", "False")] }],
    ["is being deleted", { isDeleting: true }],
    ["does not allow scheduling", { allowScheduling: false }],
  ])("does not count on a node that %s", (_, fields) => {
    const nodes = [...four.slice(0, 3), aNode("d", fields)];
    expect(losers({ nodes, volumes: [{ name: "v" }] }, withoutDisks("a/d"))).toEqual(["v 2/3"]);
  });

  it("counts a disk that is away now as one that may come back", () => {
    const away = aNode("a", { conditions: [holds("Ready", "False")] });
    expect(losers({ nodes: [away, ...four.slice(1, 3)], volumes: [{ name: "v" }] }, withoutDisks("a/d"))).toEqual(["v 2/3"]);
  });

  it("asks for every tag that is selected, of node and disk", () => {
    const tagged = (name: string, ...tags: readonly string[]) => aNode(name, { tags: ["core"] }, [aDisk("d", { tags })]);
    const nodes = [tagged("a", "fast", "nvme"), tagged("b", "nvme"), tagged("c", "fast", "nvme")];
    const volumes = [{ name: "v", replicaCount: 2, diskSelector: ["fast", "nvme"], nodeSelector: ["core"] }];
    const tagsOf = (key: string) => new Map([[key, new Set(["fast"])]]);

    expect(losers({ nodes, volumes }, { withoutDiskTags: tagsOf("a/d") })).toEqual(["v 1/2"]);
    expect(losers({ nodes, volumes }, { withoutDiskTags: tagsOf("b/d") })).toEqual([]);
    expect(losers({ nodes, volumes }, { withoutNodeTags: new Map([["c", new Set(["core"])]]) })).toEqual(["v 1/2"]);
    expect(losers({ nodes, volumes }, { withoutNodes: new Set(["c"]) })).toEqual(["v 1/2"]);
  });

  it("counts the tag of a disk that is restricted for now, and nothing where a tag goes that nobody asks for", () => {
    const nodes = [aNode("a", {}, [aDisk("d", { tags: ["nvme", "old"], allowScheduling: false })]), ...four.slice(1)];
    const volumes = [
      { name: "v", replicaCount: 1, diskSelector: ["nvme"] },
      { name: "w", replicaCount: 4 },
    ];

    expect(losers({ nodes, volumes }, { withoutDiskTags: new Map([["a/d", new Set(["nvme"])]]) })).toEqual(["v 0/1"]);
    expect(losers({ nodes, volumes }, { withoutDiskTags: new Map([["a/d", new Set(["old"])]]) })).toEqual([]);
  });

  it("places who asks for no tags on disks without any where Longhorn is set so", () => {
    const nodes = [...four.slice(0, 3), aNode("d", {}, [aDisk("d", { tags: ["nvme"] })])];
    const settings = { "allow-empty-disk-selector-volume": "false" };

    expect(losers({ nodes, volumes: [{ name: "v" }] }, withoutDisks("a/d"))).toEqual([]);
    expect(losers({ nodes, settings, volumes: [{ name: "v" }] }, withoutDisks("a/d"))).toEqual(["v 2/3"]);
  });

  it("counts nodes, disks or zones as the volume says, and as the settings say where it does not", () => {
    const disks = [aDisk("d"), aDisk("e")];
    const nodes = [aNode("a", { zone: "x" }, disks), aNode("b", { zone: "x" }, disks), aNode("c", { zone: "y" }, disks)];
    const soft = { node: "enabled", zone: "enabled", disk: "disabled" } as const;
    const apart = { node: "ignored", zone: "disabled", disk: "ignored" } as const;

    expect(losers({ nodes, volumes: [{ name: "v" }] }, withoutDisks("a/d"))).toEqual([]);
    expect(losers({ nodes, volumes: [{ name: "v" }] }, withoutDisks("a/d", "a/e"))).toEqual(["v 2/3"]);
    expect(losers({ nodes, volumes: [{ name: "v", replicaCount: 6, softAntiAffinity: soft }] }, withoutDisks("a/d"))).toEqual([
      "v 5/6",
    ]);
    const zoned = { name: "v", replicaCount: 2, softAntiAffinity: apart };
    expect(losers({ nodes, volumes: [zoned] }, withoutDisks("a/d", "a/e"))).toEqual([]);
    expect(losers({ nodes, volumes: [zoned] }, withoutDisks("c/d", "c/e"))).toEqual(["v 1/2"]);
    const settings = { "replica-zone-soft-anti-affinity": "false" };
    expect(losers({ nodes, settings, classes: [{ name: "s", replicaCount: 2 }] }, withoutDisks("c/d", "c/e"))).toEqual(["s 1/2"]);
  });

  it("puts several replicas on one disk where all may be shared, as many as it has room for", () => {
    const settings = { "replica-soft-anti-affinity": "true" };
    const nodes = [aNode("a"), aNode("b", {}, [aDisk("d", {}, { scheduledBytes: 98 * gib })])];

    expect(losers({ nodes, settings, volumes: [{ name: "v", replicaCount: 2 }] }, withoutDisks("a/d"))).toEqual([]);
    expect(losers({ nodes, settings, volumes: [{ name: "v", replicaCount: 3 }] }, withoutDisks("a/d"))).toEqual(["v 2/3"]);
  });

  it("keeps the engines' disks apart, and a strictly local volume where it is used", () => {
    const block = aNode("e", {}, [aDisk("d", { type: "block" })]);
    const volumes = [
      { name: "local", replicaCount: 1, dataLocality: "strict-local", attachedTo: "a" },
      { name: "spdk", replicaCount: 1, dataEngine: "v2" },
    ];
    expect(losers({ nodes: [...four, block], volumes }, withoutDisks("a/d"))).toEqual(["local 0/1"]);
    expect(losers({ nodes: [...four, block], volumes }, withoutDisks("e/d"))).toEqual(["spdk 0/1"]);
  });
});

describe("who has no other home", () => {
  it("is nobody where another node has room", () => {
    expect(homeless({ nodes: four, volumes: [onThree] })).toEqual([]);
  });

  it("is a volume that lies on every node", () => {
    expect(homeless({ nodes: four.slice(0, 3), volumes: [onThree] })).toEqual(["v"]);
  });

  it("is nobody where the node has another disk", () => {
    const nodes = [aNode("a", {}, [aDisk("d"), aDisk("e")]), ...four.slice(1, 3)];
    expect(homeless({ nodes, volumes: [onThree] })).toEqual([]);
  });

  it("is whoever comes last where the room is not enough for all at once", () => {
    const small = aNode("b", {}, [aDisk("d", {}, { scheduledBytes: 99 * gib })]);
    const volumes = ["v", "w"].map((name) => ({ name, replicaCount: 1, on: ["a/d"] }));
    expect(homeless({ nodes: [aNode("a"), small], volumes })).toEqual(["w"]);
  });

  it("goes to an unused zone, or to another disk of the same node, where zones must differ", () => {
    const settings = { "replica-zone-soft-anti-affinity": "false" };
    const zones = [aNode("a", { zone: "x" }), aNode("b", { zone: "x" }), aNode("c", { zone: "y" })];
    const volumes = [{ name: "v", replicaCount: 2, on: ["a/d", "c/d"] }];
    const twoDisks = [aNode("a", { zone: "x" }, [aDisk("d"), aDisk("e")]), ...zones.slice(1)];

    expect(homeless({ nodes: zones, settings, volumes })).toEqual(["v"]);
    expect(homeless({ nodes: twoDisks, settings, volumes })).toEqual([]);
    expect(homeless({ nodes: [...zones, aNode("e", { zone: "z" })], settings, volumes })).toEqual([]);
  });

  it("is a volume that has nothing left to be copied from", () => {
    expect(homeless({ nodes: four, volumes: [{ ...onThree, robustness: "faulted" }] })).toEqual(["v"]);
  });
});

it("takes the picture once while nothing changes", () => {
  const longhorn = { ...aLonghorn({ nodes: four }), revision: 1 };
  const first = placementOf(longhorn);

  expect(placementOf(longhorn)).toBe(first);
  expect(placementOf(Object.assign(longhorn, { revision: 2 }))).not.toBe(first);
});
