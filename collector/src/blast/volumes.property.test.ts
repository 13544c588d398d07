import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aDisk, aNode } from "../longhorn/test-support/made-longhorn.ts";
import { blastRadiusOf, said } from "./test-support/blast-scene.ts";
import type { ClusterInit } from "./test-support/cluster-init.ts";
import { silent, worker } from "./test-support/parts.ts";

const nodes = ["n0", "n1", "n2", "n3"];
const places = nodes.flatMap((node) => ["a", "b"].map((disk) => `${node}/${disk}`));
const signal = new AbortController().signal;

/** How a copy on a disk is. */
type Copy = "none" | "whole" | "failed" | "built";

const aVolume = fc.record({
  copies: fc.array(fc.constantFrom<Copy>("none", "none", "whole", "failed", "built"), { minLength: 8, maxLength: 8 }),
  isAttached: fc.boolean(),
});
const aCluster = fc.record({
  volumes: fc.array(aVolume, { minLength: 1, maxLength: 6 }),
  silentNodes: fc.subarray(nodes, { maxLength: 2 }),
  badDisks: fc.subarray(places, { maxLength: 3 }),
});
type Made = typeof aCluster extends fc.Arbitrary<infer Value> ? Value : never;

function clusterOf({ volumes, silentNodes, badDisks }: Made): ClusterInit {
  const on = (copies: readonly Copy[], wanted: Copy) => places.filter((_, index) => copies[index] === wanted);
  return {
    title: "any",
    nodes: nodes.map((name) => worker(name, silentNodes.includes(name) ? silent : {})),
    longhorn: {
      nodes: nodes.map((name) =>
        aNode(
          name,
          {},
          ["a", "b"].map((disk) => aDisk(disk, {}, { uuid: `${name}/${disk}`, isReady: !badDisks.includes(`${name}/${disk}`) })),
        ),
      ),
      volumes: volumes.map(({ copies, isAttached }, index) => ({
        ...{ name: `v${index}`, state: isAttached ? "attached" : "detached", attachedTo: "", robustness: "unknown" },
        ...{ on: on(copies, "whole"), failedOn: on(copies, "failed"), builtOn: on(copies, "built") },
      })),
    },
  };
}

describe("volumes, in any cluster", () => {
  it("are lost exactly where no whole copy is anywhere else, and a disk takes no more along than its node", async () => {
    await fc.assert(
      fc.asyncProperty(aCluster, fc.constantFrom(...places), async (made, place) => {
        const [node = "", disk = ""] = place.split("/");
        const blast = blastRadiusOf(clusterOf(made));
        const byNode = await blast.of({ node, disk: undefined }, signal);
        const byDisk = await blast.of({ node, disk }, signal);
        const lostWith = (isDead: (at: string) => boolean): readonly string[] =>
          made.volumes.flatMap(({ copies }, index) => {
            const at = (wanted: Copy, dead: boolean): number =>
              places.filter((each, position) => copies[position] === wanted && isDead(each) === dead).length;
            const hasWhole = at("whole", true) + at("whole", false) > 0;
            const isLost = hasWhole ? at("whole", false) === 0 : at("failed", true) > 0 && at("failed", false) === 0;
            return isLost ? [`volume-lost v${index}`] : [];
          });

        expect(said(byNode, "lost")).toEqual(lostWith((at) => at.startsWith(`${node}/`)));
        expect(said(byDisk, "lost")).toEqual(lostWith((at) => at === place));
        expect(said(byNode, "lost")).toEqual(expect.arrayContaining([...said(byDisk, "lost")]));
        const named = [...said(byNode, "lost"), ...said(byNode, "outage"), ...said(byNode, "degraded")];
        const touched = made.volumes.filter(({ copies }) =>
          places.some((at, i) => copies[i] === "whole" && at.startsWith(`${node}/`)),
        );
        expect(named.length).toBeGreaterThanOrEqual(touched.length);
      }),
      { numRuns: 300 },
    );
  });
});
