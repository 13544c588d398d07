import { describe, expect, it } from "vitest";
import type { DiskMatch } from "../../longhorn/disk-match.ts";
import { aDisk, aNode } from "../../longhorn/test-support/made-longhorn.ts";
import type { LonghornDisk } from "../../state/longhorn/longhorn-node.ts";
import { startMs } from "../../test-support/states.ts";
import type { LonghornSight } from "../machine.ts";
import { aMachine, decided } from "../test-support/a-machine.ts";
import { disksTagged } from "./disks-tagged.ts";

const matched: DiskMatch = { kind: "matched", blockDevices: ["eui.1"], mountPoint: "/mnt/a" };

function sight(disks: readonly (readonly [LonghornDisk, DiskMatch])[] | undefined): LonghornSight {
  return {
    knowledge: { kind: "known", heardAtMs: startMs, problem: undefined },
    node:
      disks &&
      aNode(
        "neko",
        { tags: ["storage"] },
        disks.map(([disk]) => disk),
      ),
    disks: () => (disks ?? []).map(([disk, match]) => ({ disk, match })),
  };
}

function judge(
  longhorn: LonghornSight,
  afterMs = 0,
  overrides: Parameters<typeof aMachine>[0] = {},
): ReturnType<typeof disksTagged.judge> {
  return disksTagged.judge(aMachine({ longhorn, nowMs: startMs + afterMs, ...overrides }), startMs);
}

describe("disks-tagged", () => {
  it("is passed by disks that are ready, known and tagged", () => {
    expect(judge(sight([[aDisk("d", { path: "/mnt/a", tags: ["nvme", "ssd"] }), matched]]))).toEqual({
      ...{ kind: "passed", text: "its disk of Longhorn is ready and tagged" },
      evidence: [
        { name: "/mnt/a", value: "nvme, ssd (eui.1)" },
        { name: "node", value: "storage" },
      ],
    });
  });

  it("waits half a minute for Longhorn to make its node and its disks, then says what to look at", () => {
    const unready = sight([[aDisk("d", { path: "/mnt/a" }, { isReady: false }), matched]]);

    expect(judge(sight(undefined), 29_000)).toMatchObject({ kind: "waiting" });
    expect(judge(sight(undefined), 30_000)).toMatchObject({ obstacles: [{ code: "no-longhorn-node" }] });
    expect(judge(sight([]), 30_000)).toMatchObject({ obstacles: [{ code: "no-longhorn-disk" }] });
    expect(judge(unready, 29_000)).toMatchObject({ kind: "waiting" });
    expect(judge(unready, 30_000)).toMatchObject({ obstacles: [{ code: "longhorn-disk-not-ready" }] });
  });

  it("is blocked at once by a disk that is not what Longhorn takes it for", () => {
    const mismatch: DiskMatch = { kind: "mismatched", problem: "unmounted", text: "nothing is mounted there" };

    expect(judge(sight([[aDisk("d", { path: "/mnt/a" }), mismatch]]))).toMatchObject({
      obstacles: [{ code: "disk-unmounted", command: "mount /mnt/a", text: "/mnt/a: nothing is mounted there" }],
    });
    expect(judge(sight([[aDisk("d", { path: "/mnt/a b'c" }), mismatch]]))).toMatchObject({
      obstacles: [{ command: String.raw`mount '/mnt/a b'\''c'` }],
    });
  });

  it("gives the agent time to find a disk that Longhorn has just made, and is blocked by another in its place", () => {
    const other = sight([
      [aDisk("d", { path: "/mnt/a/" }), { kind: "mismatched", problem: "other-uuid", text: "it is another disk" }],
    ]);

    expect(judge(other)).toMatchObject({ kind: "waiting", probes: ["disks", "longhorn"] });
    expect(judge(other, 30_000)).toMatchObject({
      obstacles: [{ code: "longhorn-disk-other-uuid", command: "findmnt /mnt/a/; cat /mnt/a/longhorn-disk.cfg; lsblk -f" }],
    });
  });

  it("waits while it is not known what stands behind a disk, and asks the agent", () => {
    const unknown: DiskMatch = { kind: "unknown", reason: "the probe disks was never heard of" };

    expect(judge(sight([[aDisk("d"), unknown]]))).toEqual({ kind: "waiting", text: unknown.reason, probes: ["disks", "smart"] });
  });

  it("waits for its own writes only", () => {
    const base = { node: "neko", item: "disks/d/tags/ssd", kind: "set", class: "describe", why: "w" } as const;
    const plan = (reconciler: string) => ({ plan: () => ({ operations: [{ ...base, reconciler }], held: [], hash: "" }) });
    const well = sight([[aDisk("d"), matched]]);

    expect(judge(well, 0, plan("longhorn-disks"))).toMatchObject({ kind: "waiting", text: "1 step is to be written" });
    expect(judge(well, 0, plan("node-labels"))).toMatchObject({ kind: "passed" });
  });

  it("is not needed without Longhorn, outside of the cluster, and where the policy says so", () => {
    const absent = { ...sight(undefined), knowledge: { kind: "absent", heardAtMs: startMs } } as const;
    const unheard = { ...sight(undefined), knowledge: { kind: "unknown", problem: "403" } } as const;
    const policy = (wish: boolean | undefined) => ({
      policy: { ...aMachine().policy, onboarding: { skip: [], agent: undefined, longhorn: decided(wish) } },
    });

    expect(judge(absent)).toMatchObject({ kind: "not-needed", text: "the cluster has no Longhorn" });
    expect(judge(sight(undefined), 0, { cluster: { kind: "none" } })).toMatchObject({ kind: "not-needed" });
    expect(judge(sight(undefined), 0, policy(false))).toMatchObject({ kind: "not-needed" });
    expect(judge(sight(undefined), 0, policy(undefined))).toMatchObject({ kind: "waiting", probes: ["disks"] });
    expect(judge(unheard)).toMatchObject({ kind: "waiting", text: "it is not known yet what Longhorn has: 403" });
  });
});
