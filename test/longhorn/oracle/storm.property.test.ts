/**
 * Three-replica volumes on four storage nodes: no sequence of faults makes us restrict what a replica needs, nothing that people set goes, and nothing goes
 * by what is not known. By hand, with more of them: NODEKEEPER_STORMS=30000 (../RESULTS.md).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPolicy } from "../../../collector/src/policy/read-policy.ts";
import { aPolicy } from "../../../collector/src/reconcile/test-support/world-of.ts";
import { aVolumeOf } from "./hand-made.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Happening, Storm, type StormInit } from "./storm.ts";

const runs = Number(process.env["NODEKEEPER_STORMS"] ?? 30);
const nodeCount = 4;
const node = fc.nat({ max: nodeCount - 1 });
const disk = fc.nat({ max: 1 });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      ...{ kind: fc.constant("disk" as const), node, disk },
      state: fc.record({
        type: fc.constantFrom("nvme" as const, "nvme" as const, "ssd" as const, "unknown" as const),
        fault: fc.constantFrom("none" as const, "firing" as const, "firing" as const, "pending" as const, "veiled" as const),
        isUnlisted: fc.constantFrom(false, false, false, true),
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "silence" as const,
        "speak" as const,
        "boot" as const,
        "cordon" as const,
        "away" as const,
        "no ledger" as const,
      ),
      node,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("page" as const, "save page" as const), node }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("switch" as const, "tag" as const, "full" as const, "replace" as const),
      node,
      disk,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("feed" as const),
      state: fc.constantFrom("followed" as const, "behind" as const, "lost" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 40 }) }) },
);

const policyText = `version: 1
storage: { diskTags: { nvme: 'disk.type == "nvme"' }, nodeTags: {} }
`;

const storm: fc.Arbitrary<StormInit> = fc
  .record({
    disks: fc.array(fc.record({ count: fc.integer({ min: 1, max: 2 }), gib: fc.constantFrom(20, 100), isTagged: fc.boolean() }), {
      minLength: nodeCount,
      maxLength: nodeCount,
    }),
    zones: fc.constantFrom(["", "", "", ""], ["a", "b", "c", "a"]),
    volumes: fc.array(
      fc.record({
        gib: fc.constantFrom(1, 8),
        isSelecting: fc.boolean(),
        zone: fc.constantFrom("ignored" as const, "disabled" as const),
      }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    hasClass: fc.boolean(),
  })
  .map(({ disks, zones, volumes, hasClass }) => {
    const made = volumes.map(({ gib, isSelecting, zone }, index) => {
      return aVolumeOf({
        name: `v${index}`,
        gib,
        replicaCount: 3,
        diskSelector: isSelecting ? ["nvme"] : [],
        softAntiAffinity: { zone },
      });
    });
    const replicas = made.flatMap(({ name, sizeBytes }, index) =>
      [0, 1, 2].map((at) => {
        const on = `n${(index + at) % nodeCount}`;
        const state = { isHealthy: true, isFailed: false, isRunning: true, isEvicting: false };
        return { name: `${name}-r${at}`, volume: name, node: on, diskUuid: `${on}-d0`, sizeBytes, ...state };
      }),
    );
    const aClass = { name: "c0", isDefault: true, replicaCount: 3, diskSelector: ["nvme"], nodeSelector: [], dataEngine: "v1" };
    return {
      nodes: disks.map(({ count, gib, isTagged }, index) => ({
        zone: zones[index] ?? "",
        disks: Array.from({ length: count }, () => ({ gib, tags: isTagged ? ["mine"] : [] })),
      })),
      ...{ volumes: made, replicas, classes: hasClass ? [aClass] : [], settings: {}, policy: policy() },
    };
  });

describe("a storm over four storage nodes", () => {
  it("never makes us take away what a replica needs, what people set, or anything by what is not known", {
    timeout: 1_200_000,
  }, async () => {
    let [restrictions, refusals] = [0, 0];
    await fc.assert(
      fc.asyncProperty(storm, fc.array(happening, { minLength: 5, maxLength: 25 }), async (init, happenings) => {
        const life = await lived(init, happenings);
        restrictions += life.restrictions;
        refusals += life.refusals;
        expect(life.complaints).toEqual([]);
      }),
      { numRuns: runs },
    );
    if (process.env["NODEKEEPER_STORMS"] !== undefined)
      process.stdout.write(`${restrictions} restrictions, ${refusals} refused\n`);
    expect(Math.min(restrictions, refusals)).toBeGreaterThan(runs / 4); // both happen, or nothing is proven
  });

  it("would be seen to take away what a replica needs, by a reconciler that does not know of volumes and classes", async () => {
    const blind = (snapshot: Snapshot): Snapshot => ({ ...snapshot, volumes: [], classes: [] });
    const found = await fc.check(
      fc.asyncProperty(storm, fc.array(happening, { minLength: 5, maxLength: 25 }), async (init, happenings) => {
        const { complaints } = await lived({ ...init, blind }, happenings);
        return complaints.length === 0;
      }),
      { numRuns: 2_000, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
  });
});

async function lived(init: StormInit, happenings: readonly Happening[]): Promise<Storm> {
  const life = new Storm(init);
  for (const each of happenings) await life.take(each);
  return life;
}

function policy(): StormInit["policy"] {
  const read = readPolicy(policyText, { source: "policy.yaml", builtIn: aPolicy({ conditions: [] }) });
  if (read.kind === "bad") throw new Error(read.problems.join("\n"));
  return { ...read.policy, modes: { describe: "enforce", restrict: "enforce", move: "enforce" } };
}
