/**
 * Over random clusters, the placement by which we decide whether something may be taken away is of one mind with the oracle, which was written from
 * Longhorn's source alone. By hand, with more of them: NODEKEEPER_PLACEMENTS=30000 (../RESULTS.md).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TakePlacement } from "../../../collector/src/longhorn/placement.ts";
import { takePlacement } from "../../../collector/src/longhorn/take-placement.ts";
import type { LonghornDisk, LonghornNode } from "../../../collector/src/state/longhorn/longhorn-node.ts";
import { clusterText } from "./cluster-text.ts";
import { differencesOfHomeless, differencesOfLosers, losersBy } from "./differences.ts";
import { randomChange, randomCluster } from "./random-cluster.ts";

type Longhorn = Parameters<TakePlacement>[0];

const runs = Number(process.env["NODEKEEPER_PLACEMENTS"] ?? 400);
const clusterAndChange = randomCluster.chain((snapshot) => fc.tuple(fc.constant(snapshot), randomChange(snapshot)));

/** What the placement is not shown. */
const blindness: Readonly<Record<string, (longhorn: Longhorn) => Longhorn>> = {
  zones: withNodes((node) => ({ ...node, zone: node.name })),
  "that a node is not ready": withNodes((node) => ({
    ...node,
    conditions: node.conditions.map((each) => ({ ...each, status: "True" })),
  })),
  "that a node is closed": withNodes((node) => ({ ...node, allowScheduling: true })),
  "tags of nodes": withNodes((node) => ({ ...node, tags: ["core", "edge"] })),
  "tags of disks": withDisks((disk) => ({ ...disk, tags: ["fast", "nvme"] })),
  "that a disk is closed": withDisks((disk) => ({ ...disk, allowScheduling: true })),
  "what is promised of a disk": withDisks((disk) => withStatus(disk, { scheduledBytes: 0 })),
  "what is free on a disk": withDisks((disk) => withStatus(disk, { availableBytes: disk.status?.maximumBytes ?? 0 })),
  "what is reserved on a disk": withDisks((disk) => ({ ...disk, storageReservedBytes: 0 })),
  settings: (longhorn) => ({ ...longhorn, setting: () => undefined }),
  "where replicas are": (longhorn) => ({ ...longhorn, replicas: () => [], replicasOnDisk: () => [], replicasOfVolume: () => [] }),
};

describe("placement", () => {
  it("names the losers that the oracle names, with the same numbers", { timeout: 1_200_000 }, () => {
    let [safe, unsafe] = [0, 0];
    fc.assert(
      fc.property(clusterAndChange, ([snapshot, change]) => {
        expect(differencesOfLosers(takePlacement, snapshot, change), clusterText(snapshot)).toEqual([]);
        if (losersBy(snapshot, change).ever.length > 0) unsafe += 1;
        else safe += 1;
      }),
      { numRuns: runs },
    );
    tell(`${safe} safe changes, ${unsafe} by which somebody loses`);
    expect(Math.min(safe, unsafe)).toBeGreaterThan(runs / 20); // both happen, or nothing is proven
  });

  it("never says that replicas find a home that they do not find", { timeout: 1_200_000 }, () => {
    let [cautious, asked] = [0, 0];
    fc.assert(
      fc.property(randomCluster, (snapshot) => {
        const differences = differencesOfHomeless(takePlacement, snapshot);
        expect(differences.wrong, clusterText(snapshot)).toEqual([]);
        cautious += differences.cautious;
        asked += differences.asked;
      }),
      { numRuns: runs },
    );
    tell(`${asked} disks asked about, ${cautious} answered with more caution than a search needs`);
    expect(cautious).toBeLessThan(asked / 50);
  });

  it.each(Object.entries(blindness))("would be caught if it did not know %s", (_, blind) => {
    const takeBlindly: TakePlacement = (longhorn) => takePlacement(blind(longhorn));
    const found = fc.check(
      fc.property(clusterAndChange, ([snapshot, change]) => differencesOfLosers(takeBlindly, snapshot, change).length === 0),
      { numRuns: 20_000, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
  });
});

function withNodes(change: (node: LonghornNode) => LonghornNode): (longhorn: Longhorn) => Longhorn {
  return (longhorn) => {
    const nodes = longhorn.nodes().map(change);
    return { ...longhorn, nodes: () => nodes, node: (name) => nodes.find((node) => node.name === name) };
  };
}

function withDisks(change: (disk: LonghornDisk) => LonghornDisk): (longhorn: Longhorn) => Longhorn {
  return withNodes((node) => ({ ...node, disks: new Map([...node.disks].map(([name, disk]) => [name, change(disk)])) }));
}

function withStatus(disk: LonghornDisk, status: Partial<NonNullable<LonghornDisk["status"]>>): LonghornDisk {
  return disk.status === undefined ? disk : { ...disk, status: { ...disk.status, ...status } };
}

function tell(line: string): void {
  if (process.env["NODEKEEPER_PLACEMENTS"] !== undefined) process.stdout.write(`${line}\n`);
}
