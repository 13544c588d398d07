/** The oracle itself: that what Longhorn happens to choose changes nothing, and clusters that can be counted by hand. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aDiskOf, aNodeOf, aVolumeOf } from "./hand-made.ts";
import { ownersOf, place } from "./oracle.ts";
import { randomCluster } from "./random-cluster.ts";
import type { Snapshot } from "./snapshot.ts";

const runs = Number(process.env["NODEKEEPER_PLACEMENTS"] ?? 300);

describe("the oracle", () => {
  it("finds the same number whatever Longhorn chooses, and clusters in which something finds no place", {
    timeout: 1_200_000,
  }, () => {
    let [full, short] = [0, 0];
    fc.assert(
      fc.property(randomCluster, (cluster) => {
        for (const owner of ownersOf(cluster)) {
          const { least, most } = place(cluster, owner);
          expect(least).toBe(most);
          if (least === owner.wants) full += 1;
          else short += 1;
        }
      }),
      { numRuns: runs },
    );
    expect(Math.min(full, short)).toBeGreaterThan(runs / 4);
  });

  it.each([
    ["one a node by default, though both disks of a node would do", {}, 4, 3],
    ["one a zone where zones are not to be shared", { zone: "disabled" as const }, 4, 2],
    ["one a zone, also where a node may be shared", { zone: "disabled" as const, node: "enabled" as const }, 4, 2],
    [
      "several a node where it may be shared, one a disk where that may not",
      { node: "enabled" as const, disk: "disabled" as const },
      9,
      5,
    ],
    ["as many as there is space where all may be shared", { node: "enabled" as const }, 99, 10],
  ])("places %s", (_, softAntiAffinity, wants, expected) => {
    // Two nodes of one zone with two disks each, one alone with one; each disk has room for two.
    const disks = ["d0", "d1"].map((name) => aDiskOf({ node: "", name, gib: 10 }));
    const nodes = [
      aNodeOf({ name: "n0", zone: "east", disks }),
      aNodeOf({ name: "n1", zone: "east", disks }),
      aNodeOf({ name: "n2", zone: "west", disks: disks.slice(0, 1) }),
    ];
    const volume = aVolumeOf({ gib: 5, replicaCount: wants, softAntiAffinity });

    expect(placed({ ...empty, nodes, volumes: [volume] })).toBe(expected);
  });

  it("asks for all tags of a selector, and for none only where that is allowed", () => {
    const disk = (tags: readonly string[]) => [aDiskOf({ node: "", name: "d0", gib: 10, tags })];
    const nodes = [
      aNodeOf({ name: "n0", disks: disk(["fast", "nvme"]) }),
      aNodeOf({ name: "n1", disks: disk(["fast"]) }),
      aNodeOf({ name: "n2", disks: disk([]) }),
    ];
    const by = (diskSelector: readonly string[], settings: Snapshot["settings"] = {}) =>
      placed({ ...empty, nodes, settings, volumes: [aVolumeOf({ gib: 1, replicaCount: 3, diskSelector })] });

    expect([by(["fast", "nvme"]), by(["fast"]), by([])]).toEqual([1, 2, 3]);
    expect(by([], { "allow-empty-disk-selector-volume": "false" })).toBe(1);
  });
});

const empty: Snapshot = { nodes: [], volumes: [], replicas: [], classes: [], settings: {} };

function placed(snapshot: Snapshot): number | undefined {
  const [owner] = ownersOf(snapshot);
  return owner && place(snapshot, owner).most;
}
