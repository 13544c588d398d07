import { describe, expect, it } from "vitest";
import { aDisk, aLonghorn, aNode, type LonghornInit } from "../../longhorn/test-support/made-longhorn.ts";
import { judgeCluster, textOf } from "../../test-support/judge-cluster.ts";
import { longhornSelectorUnmeetable as rule } from "./longhorn-selector-unmeetable.ts";

const nodes = [
  aNode("neko", { tags: ["core"] }, [aDisk("d", { tags: ["fast", "nvme"] })]),
  aNode("bobcat", { tags: ["edge"] }, [aDisk("d", { tags: ["nvme"] })]),
];
const judge = (init: LonghornInit) => judgeCluster(rule, { longhorn: aLonghorn({ nodes, ...init }) });

describe("longhorn-selector-unmeetable", () => {
  it("is content with what one disk on one node has, and with who wants nothing", () => {
    const classes = [
      { name: "plain" },
      { name: "fast", diskSelector: ["nvme", "fast"] },
      { name: "edge", diskSelector: ["nvme"], nodeSelector: ["edge"] },
    ];

    expect(judge({ classes, volumes: [{ name: "v", diskSelector: ["fast"] }] })).toEqual([]);
  });

  it("names tags that no disk has, and tags that no disk has on such a node", () => {
    expect(textOf(judge({ classes: [{ name: "slow", diskSelector: ["hdd"] }] }))).toBe(
      'no disk of Longhorn\'s has what StorageClass slow wants: disk tags "hdd"',
    );
    expect(textOf(judge({ volumes: [{ name: "v", diskSelector: ["fast"], nodeSelector: ["edge"] }] }))).toBe(
      'no disk of Longhorn\'s has what volume v wants: disk tags "fast" on a node with node tags "edge"',
    );
  });

  it("knows the space that Longhorn does not take away after a comma", () => {
    const verdicts = judge({ classes: [{ name: "quick", diskSelector: ["nvme", " fast"] }] });

    expect(textOf(verdicts)).toBe(
      'no disk of Longhorn\'s has what StorageClass quick wants: disk tags "nvme" and " fast" (with a space)',
    );
    expect(verdicts).toMatchObject([{ action: expect.stringContaining("write it without them") }]);
  });

  it("is one finding for all who want the same, loud where one of them lacks a replica now", () => {
    const claim = { namespace: "media", name: "films", workloads: [] };
    const volumes = Array.from({ length: 500 }, (_, index) => ({ name: `pvc-${index}`, diskSelector: ["hdd"] }));
    const quiet = judge({ classes: [{ name: "slow", diskSelector: ["hdd"] }], volumes });
    const loud = judge({ volumes: [...volumes, { name: "x", diskSelector: ["hdd"], claim, robustness: "degraded" }] });

    expect(quiet).toMatchObject([{ severity: "medium", subject: { kind: "longhorn-selector", id: "disk=hdd node=" } }]);
    expect(loud).toMatchObject([{ severity: "high", text: expect.stringContaining("volumes media/films, pvc-0") }]);
  });

  it("says nothing of a Longhorn that is not known or has no node yet", () => {
    expect(judgeCluster(rule, {})).toEqual([]);
    expect(judge({ nodes: [], classes: [{ name: "slow", diskSelector: ["hdd"] }] })).toEqual([]);
  });
});
