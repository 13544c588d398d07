import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import type { Verdict } from "../evaluate/rule.ts";
import { aDisk, anUnreadDisk, disks, StockScene } from "../inventory/test-support/stock-scene.ts";
import { diskMissing } from "./disk-missing.ts";

const minute = 60;
const day = 24 * 3_600;
const b = { kind: "block_device", id: "b" };

function aScene(...present: readonly ReturnType<typeof aDisk>[]): StockScene {
  const scene = new StockScene();
  scene.connect();
  scene.observe(0, disks(present.length === 0 ? [aDisk("a"), aDisk("b")] : present));
  return scene;
}

function judge(scene: StockScene, atSeconds: number): Verdict | undefined {
  return diskMissing.evaluate(scene.view(atSeconds), () => undefined).find((verdict) => verdict.subject.id === "b");
}

describe("feature 37: alarm on disk disappearance, distinct from agent silence", () => {
  it("raises when a fresh complete list lacks a disk that was there, early enough to be said within two minutes", () => {
    const scene = aScene();
    const before = judge(scene, 0);
    scene.observe(minute, disks([aDisk("a")]));
    const slowestReadingMs = 1.2 * 60_000;
    const tickMs = 5_000;

    expect(before).toEqual({ kind: "clear", subject: b });
    expect(judge(scene, minute)).toMatchObject({
      kind: "raise",
      subject: b,
      severity: "medium",
      text: "An SSD (b) is missing",
      evidence: [
        { name: "model", value: "An SSD" },
        { name: "serial", value: "B" },
        { name: "firmware_revision", value: "1.0" },
        { name: "size_bytes", value: 1000 },
        { name: "attachment", value: "fixed" },
        { name: "missing_since", value: "2026-11-22T12:01:00.000Z" },
      ],
    });
    expect(slowestReadingMs + diskMissing.holdMs + tickMs).toBeLessThan(120_000);
    expect(diskMissing.dependsOn).toEqual(["node-not-reporting"]);
  });

  it("says nothing of the disks of a silent node, and holds what it said before", () => {
    const there = aScene();
    const gone = aScene();
    gone.observe(minute, disks([aDisk("a")]));

    expect(judge(there, 20 * minute)).toEqual({ kind: "clear", subject: b });
    expect(judge(gone, 20 * minute)).toMatchObject({ kind: "hold" });
  });

  it("holds while the list is not whole", () => {
    const scene = aScene();
    scene.observe(minute, disks([aDisk("a")]));
    scene.observe(2 * minute, disks([aDisk("a")], false));

    expect(judge(scene, 2 * minute)).toMatchObject({ kind: "hold" });
  });

  it("waits three minutes for a machine that was just switched on to find its disks", () => {
    const scene = aScene();
    const value = { prettyName: "Debian 13" };
    const system = { kind: "operating_system", id: "", outcome: Outcome.OK, value: { case: "operatingSystem", value } } as const;
    const sampleKeys = [{ kind: "operating_system", id: "", name: "uptime_seconds" }];
    scene.observe(minute, { subjects: [system], sampleKeys }, { probe: "system", sampleValues: [30] });
    scene.observe(minute, disks([aDisk("a")]));

    expect(judge(scene, minute)).toMatchObject({ kind: "hold" });
    expect(judge(scene, minute + 149)).toMatchObject({ kind: "hold" });
    expect(judge(scene, minute + 151)).toMatchObject({ kind: "raise" });
  });

  it("takes no disk for missing that could not be read, or that an incomplete list lacks", () => {
    const unread = aScene();
    unread.observe(minute, disks([aDisk("a"), anUnreadDisk("b")]));
    const incomplete = aScene();
    incomplete.observe(minute, disks([aDisk("a")], false));

    expect(judge(unread, minute)?.kind).toBe("clear");
    expect(judge(incomplete, minute)?.kind).toBe("clear");
  });

  it("clears when the disk is back", () => {
    const scene = aScene();
    scene.observe(minute, disks([aDisk("a")]));
    scene.observe(2 * minute, disks([aDisk("a"), aDisk("b")]));

    expect(judge(scene, 2 * minute)).toEqual({ kind: "clear", subject: b });
    expect(scene.texts().at(-1)).toBe("An SSD (b) is back");
  });

  it("clears when the disk is seen on another node, which is told as a move", () => {
    const scene = aScene();
    scene.observe(minute, disks([aDisk("a")]));
    scene.connect("panther", "3".repeat(32));
    scene.observe(minute, disks([aDisk("p")]), {}, "panther");
    scene.observe(2 * minute, disks([aDisk("p"), aDisk("b")]), {}, "panther");
    scene.observe(2 * minute, disks([aDisk("a")]));

    expect(judge(scene, 2 * minute)).toEqual({ kind: "clear", subject: b });
    expect(scene.texts()).toContain("An SSD (b) moved to panther");
  });

  it("grows quiet after a week, and ends after 30 days: the disk was taken out", () => {
    const scene = aScene();
    scene.observe(minute, disks([aDisk("a")]));
    const later = [6, 8, 31].map((days) => {
      scene.observe(days * day, disks([aDisk("a")]));
      return judge(scene, days * day);
    });

    expect(later).toMatchObject([{ kind: "raise", severity: "medium" }, { kind: "raise", severity: "low" }, { kind: "clear" }]);
  });

  it("is quiet about an enclosure, and silent about sticks, cards, empty readers and what is no disk of hardware", () => {
    const judged = [
      { bus: "usb" },
      { bus: "usb", isRemovable: true },
      { isRemovable: true, sizeBytes: 0n },
      { isVirtual: true },
      { bus: "", isVirtual: undefined }, // a ZFS volume, DRBD
      { bus: "mmc", flashLife: { cardType: "sd" } },
    ].map((overrides) => {
      const scene = aScene(aDisk("a"), aDisk("b", overrides));
      scene.observe(minute, disks([aDisk("a")]));
      return judge(scene, minute);
    });

    expect(judged).toMatchObject([{ kind: "raise", severity: "low" }, ...Array.from({ length: 5 }, () => undefined)]);
  });

  it("misses nothing of the machine that bore the node's name before", () => {
    const scene = aScene();
    scene.connect("neko", "2".repeat(32), "epoch-2");
    scene.observe(minute, disks([aDisk("a")]));

    expect(diskMissing.evaluate(scene.view(minute), () => undefined)).toEqual([
      { kind: "clear", subject: { kind: "block_device", id: "a" } },
      { kind: "clear", subject: b },
    ]);
  });

  it("neither forgets nor invents it over a restart", async () => {
    const scene = aScene();
    scene.observe(minute, disks([aDisk("a")]));
    await scene.commit();
    await scene.crash();
    const atOnce = judge(scene, minute + 10);
    scene.connect();
    scene.observe(2 * minute, disks([aDisk("a")]));

    expect(atOnce).toMatchObject({ kind: "raise" });
    expect(judge(scene, 2 * minute)).toMatchObject({ kind: "raise" });
    expect(diskMissing.evaluate(scene.view(2 * minute), () => undefined)).toHaveLength(2);
  });
});
