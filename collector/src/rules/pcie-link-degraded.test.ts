import { GpuPower } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { aDisk, disks, StockScene } from "../inventory/test-support/stock-scene.ts";
import { pcieLinkDegraded as rule } from "./pcie-link-degraded.ts";

interface Link {
  readonly lanes?: number;
  readonly speed?: number;
  readonly mostLanes?: number;
  readonly isSuspended?: boolean;
  readonly address?: string;
}

function linkOf({ lanes = 4, speed = 8, mostLanes = 4, isSuspended, address = "0000:01:00.0" }: Link) {
  if (isSuspended === true) return { address, isSuspended };
  return {
    ...{ address, laneCount: lanes, gigatransfersPerSecond: speed },
    ...{ maximumLaneCount: mostLanes, maximumGigatransfersPerSecond: 8 },
  };
}

/** What is said of a disk whose link was so, minute by minute. */
function said(...links: readonly Link[]): string | undefined {
  const scene = new StockScene();
  scene.connect();
  for (const [minute, link] of links.entries()) scene.observe(minute * 60, disks([aDisk("a", { pcieLink: linkOf(link) })]));
  return wordOf(scene, (links.length - 1) * 60);
}

function wordOf(scene: StockScene, atSeconds: number): string | undefined {
  const [verdict] = rule.evaluate(scene.view(atSeconds), () => undefined);
  return verdict?.kind === "raise" ? `${verdict.severity}: ${verdict.text.replace(/^.*: /, "")}` : verdict?.kind;
}

// Links as /sys/bus/pci has them: current_link_speed, current_link_width and their maxima (Documentation/ABI/testing/sysfs-bus-pci).
describe("feature 22: a PCIe link that is worse than it was", () => {
  it.each<{ what: string; links: readonly Link[]; expected: string }>([
    { what: "one that is as it was", links: [{}, {}], expected: "clear" },
    {
      what: "a slot that never had more lanes (Raspberry Pi 5: one)",
      links: [
        { lanes: 1, speed: 5 },
        { lanes: 1, speed: 5 },
      ],
      expected: "clear",
    },
    { what: "one that lost lanes", links: [{}, { lanes: 1 }], expected: "medium: it has 1 of 4 lanes" },
    { what: "one that fell back", links: [{}, { speed: 2.5 }], expected: "medium: it runs at 2.5 of 8 GT/s" },
    { what: "one that is well again", links: [{}, { lanes: 1 }, {}], expected: "clear" },
    { what: "a slot that can do less now", links: [{}, { lanes: 2, mostLanes: 2 }], expected: "clear" },
    { what: "another slot", links: [{}, { lanes: 2, address: "0000:02:00.0" }], expected: "clear" },
    { what: "one that sleeps", links: [{}, { isSuspended: true }], expected: "hold" },
    {
      what: "one that slept and lost lanes",
      links: [{}, { isSuspended: true }, { lanes: 2 }],
      expected: "medium: it has 2 of 4 lanes",
    },
  ])("judges $what: $expected", ({ links, expected }) => {
    expect(said(...links)).toBe(expected);
  });

  it("remembers the best over a restart of the collector", async () => {
    const scene = new StockScene();
    scene.connect();
    scene.observe(0, disks([aDisk("a", { pcieLink: linkOf({}) })]));
    await scene.commit();
    await scene.crash();
    scene.connect();
    scene.observe(60, disks([aDisk("a", { pcieLink: linkOf({ lanes: 2 }) })]));

    expect(wordOf(scene, 60)).toBe("medium: it has 2 of 4 lanes");
    expect(wordOf(scene, 3_600)).toBe("hold");
  });

  it("tells of a link that makes errors all the time, by its AER counter", () => {
    const scene = new StockScene();
    scene.connect();
    for (const [minute, errors] of [0, 9, 19].entries()) {
      const sampleKeys = [{ kind: "block_device", id: "a", name: "aer_correctable_errors_total" }];
      const facts = { ...disks([aDisk("a", { pcieLink: linkOf({}) })]), sampleKeys };
      scene.observe(minute * 60, facts, { sampleValues: [errors] });
      if (minute === 1) expect(wordOf(scene, 60)).toBe("clear");
    }

    expect(wordOf(scene, 120)).toBe("low: its link makes more than 10 errors a minute, which are mended");
  });

  it("judges a GPU by its lanes, since its speed falls when it idles, and not while it sleeps", () => {
    const gpu = (link: Link, power: GpuPower = GpuPower.AWAKE) => ({
      subjects: [
        {
          kind: "gpu",
          id: "0000:01:00.0",
          outcome: 1,
          value: { case: "gpu", value: { power, pcieLink: linkOf(link) } },
        } as const,
      ],
    });
    const after = (link: Link, power?: GpuPower) => {
      const scene = new StockScene();
      scene.connect();
      scene.observe(0, gpu({ lanes: 16, mostLanes: 16 }), { probe: "gpu" });
      scene.observe(60, gpu({ mostLanes: 16, ...link }, power), { probe: "gpu" });
      return wordOf(scene, 60);
    };

    expect(after({ lanes: 16, speed: 2.5 })).toBe("clear");
    expect(after({ lanes: 8 })).toBe("medium: it has 8 of 16 lanes");
    expect(after({ lanes: 8 }, GpuPower.ASLEEP)).toBe("hold");
  });
});
