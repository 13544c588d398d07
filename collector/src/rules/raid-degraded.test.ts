import type { MessageInitShape } from "@bufbuild/protobuf";
import { type BlockDeviceSchema, Outcome, type StoragePool } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { viewNode } from "../state/node-view.ts";
import { observation } from "../test-support/observations.ts";
import { connectedNode, observed, startMs } from "../test-support/states.ts";
import { raidDegraded } from "./raid-degraded.ts";

type ArrayInit = NonNullable<MessageInitShape<typeof BlockDeviceSchema>["raidArray"]>;

function judgeArray(raidArray: ArrayInit, ageMs = 0) {
  const value = { name: "md0", raidArray };
  const facts = {
    subjects: [{ kind: "block_device", id: "md-1", outcome: Outcome.OK, value: { case: "blockDevice", value } } as const],
    sampleKeys: [{ kind: "block_device", id: "md-1", name: "raid_sync_percent" }],
  };
  const node = observed(connectedNode(), observation(facts, { sampleValues: [12.5] }));
  return raidDegraded.evaluate(viewNode(node, startMs + ageMs), () => undefined)[0];
}

function judgePool(pool: Partial<Omit<StoragePool, "$typeName">>) {
  const subject = {
    kind: "storage_pool",
    id: "zfs/tank",
    outcome: Outcome.OK,
    value: { case: "storagePool", value: pool },
  } as const;
  return raidDegraded.evaluate(
    viewNode(observed(connectedNode(), observation({ subjects: [subject] })), startMs),
    () => undefined,
  )[0];
}

describe("feature 39: arrays and pools that are not whole", () => {
  it.each<{ level: string; memberCount: number; degradedCount: number; expected: string }>([
    { level: "raid1", memberCount: 2, degradedCount: 0, expected: "clear" },
    { level: "raid1", memberCount: 2, degradedCount: 1, expected: "high" },
    { level: "raid1", memberCount: 3, degradedCount: 1, expected: "medium" },
    { level: "raid1", memberCount: 12, degradedCount: 8, expected: "low" },
    { level: "raid5", memberCount: 4, degradedCount: 1, expected: "high" },
    { level: "raid6", memberCount: 6, degradedCount: 1, expected: "medium" },
    { level: "raid6", memberCount: 6, degradedCount: 2, expected: "high" },
    { level: "raid10", memberCount: 4, degradedCount: 1, expected: "high" },
    { level: "raid0", memberCount: 2, degradedCount: 0, expected: "clear" },
  ])("says $expected of $level of $memberCount without $degradedCount", ({ level, memberCount, degradedCount, expected }) => {
    const verdict = judgeArray({ level, memberCount, degradedCount, state: "clean" });

    expect(verdict?.kind === "raise" ? verdict.severity : verdict?.kind).toBe(expected);
  });

  it("says what is missing, what is left and how far it is rebuilt, at once", () => {
    const members = [
      { name: "sda1", state: "in_sync" },
      { name: "sdb1", state: "faulty,write_error" },
      { name: "sdc1", state: "spare" },
    ];
    const array = { level: "raid1", memberCount: 2, degradedCount: 1, state: "clean", syncAction: "recover", members };

    expect(judgeArray(array)).toMatchObject({
      isDeclared: true,
      text: "md0 (raid1): it lacks 1 of 2 members, and the next one that fails takes data with it; it is being rebuilt",
      action: "Let it finish, and keep a copy of what is on it until then.",
      evidence: expect.arrayContaining([
        expect.objectContaining({ name: "faulty_members", value: "sdb1" }),
        expect.objectContaining({ name: "present_members", value: "sda1" }),
        expect.objectContaining({ name: "sync_percent", value: 12.5 }),
      ]),
    });
  });

  it("says that data is lost where more is missing than the level bears, or the array is broken", () => {
    const lost = [
      judgeArray({ level: "raid5", memberCount: 3, degradedCount: 2 }),
      judgeArray({ level: "raid0", state: "broken" }),
    ];

    expect(lost.map((verdict) => verdict?.kind === "raise" && verdict.text)).toEqual([
      "md0 (raid5): it lacks 2 of 3 members, and data is lost",
      "md0 (raid0): it is broken, and data is lost",
    ]);
  });

  it("tells of a pool of ZFS that is not online, and of a btrfs that lacks a device", () => {
    expect(judgePool({ type: "zfs", name: "tank", state: "online" })?.kind).toBe("clear");
    expect(judgePool({ type: "zfs", name: "tank", state: "degraded" })).toMatchObject({ text: "zfs tank is degraded" });
    expect(judgePool({ type: "btrfs", name: "data", state: "degraded", missingDeviceCount: 1 })).toMatchObject({
      kind: "raise",
      text: "btrfs data is degraded, it lacks 1 of its devices",
    });
  });

  it("concludes nothing where the state is unknown or old", () => {
    expect(judgeArray({ level: "raid1", state: "clean" })?.kind).toBe("hold");
    expect(judgeArray({ level: "raid1", memberCount: 2, degradedCount: 1 }, 3_600_000)?.kind).toBe("hold");
    expect(judgePool({ type: "zfs", name: "tank" })?.kind).toBe("hold");
  });
});
