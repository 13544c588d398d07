import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DiskHealthSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import type { Verdict } from "../evaluate/rule.ts";
import { rebaseCounter } from "../inventory/follow-counters.ts";
import { aDisk, disks, health, StockScene } from "../inventory/test-support/stock-scene.ts";
import { diskErrorsGrowing } from "./disk-errors-growing.ts";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const name = "An SSD (/dev/nvme0)";

/** A disk that was enrolled with three media errors. */
function aUsedDisk(): StockScene {
  const scene = new StockScene();
  scene.connect();
  scene.observe(0, disks([aDisk("a")]));
  scene.observe(1, mediaErrors(3n), { probe: "smart" });
  return scene;
}

function mediaErrors(count: bigint) {
  return health("a", { nvme: { mediaAndDataIntegrityErrors: count } });
}

function judge(scene: StockScene, atSeconds: number): Verdict | undefined {
  return diskErrorsGrowing.evaluate(scene.view(atSeconds), () => undefined)[0];
}

/** The verdict after health was read twice. */
function after(first: MessageInitShape<typeof DiskHealthSchema>, second: MessageInitShape<typeof DiskHealthSchema>) {
  const scene = new StockScene();
  scene.connect();
  scene.observe(0, health("a", first), { probe: "smart" });
  scene.observe(60, health("a", second), { probe: "smart" });
  return judge(scene, 61);
}

describe("feature 32: baseline and delta for counters (a used drive bought with 3 media errors is OK)", () => {
  it("is content with 3 errors at enrolment, not with the 4th, content again when it is accepted, and not with the 5th", () => {
    const scene = aUsedDisk();
    const enrolled = judge(scene, 2);
    scene.observe(hour, mediaErrors(4n), { probe: "smart" });
    const fourth = judge(scene, hour + 1);
    scene.changeCounter("a", "media_and_data_integrity_errors", (track) => rebaseCounter(track, 0));
    const accepted = judge(scene, hour + 2);
    scene.observe(2 * hour, mediaErrors(5n), { probe: "smart" });
    const fifth = judge(scene, 2 * hour + 1);

    expect(enrolled).toMatchObject({ kind: "clear" });
    expect(fourth).toMatchObject({
      kind: "raise",
      severity: "medium",
      text: `${name}: 1 more media and data integrity errors`,
      evidence: [
        { name: "media_and_data_integrity_errors_baseline", value: 3 },
        { name: "media_and_data_integrity_errors_before", value: 3 },
        { name: "media_and_data_integrity_errors", value: 4 },
        { name: "media_and_data_integrity_errors_growing_since", value: "2026-11-22T13:00:00.000Z" },
        { name: "media_and_data_integrity_errors_last_increase_at", value: "2026-11-22T13:00:00.000Z" },
        { name: "media_and_data_integrity_errors_last_increase", value: 1 },
        { name: "media_and_data_integrity_errors_most_in_24_hours", value: 1 },
      ],
    });
    expect(accepted).toMatchObject({ kind: "clear" });
    expect(fifth).toMatchObject({ kind: "raise", severity: "medium" });
    expect(diskErrorsGrowing).toMatchObject({ holdMs: 0, clearMs: 0 });
  });

  it("stays for seven days after the last increase", () => {
    const scene = aUsedDisk();
    scene.observe(hour, mediaErrors(4n), { probe: "smart" });
    scene.observe(3 * day, mediaErrors(5n), { probe: "smart" });
    const readings = [9 * day, 10 * day + minute].map((at) => {
      scene.observe(at, mediaErrors(5n), { probe: "smart" });
      return judge(scene, at);
    });

    expect(readings).toMatchObject([
      { kind: "raise", text: `${name}: 2 more media and data integrity errors` },
      { kind: "clear" },
    ]);
  });

  it("is loud about ten errors within a day, and about nine is not", () => {
    const nine = aUsedDisk();
    nine.observe(hour, mediaErrors(12n), { probe: "smart" });
    const ten = aUsedDisk();
    ten.observe(hour, mediaErrors(8n), { probe: "smart" });
    ten.observe(23 * hour, mediaErrors(13n), { probe: "smart" });
    const slowly = aUsedDisk();
    slowly.observe(hour, mediaErrors(8n), { probe: "smart" });
    slowly.observe(26 * hour, mediaErrors(13n), { probe: "smart" });

    expect(judge(nine, hour)).toMatchObject({ kind: "raise", severity: "medium" });
    expect(judge(ten, 23 * hour)).toMatchObject({ kind: "raise", severity: "high" });
    expect(judge(slowly, 26 * hour)).toMatchObject({ kind: "raise", severity: "medium" });
  });

  it("takes a counter that falls and stays low for a new baseline, without a word", () => {
    const scene = aUsedDisk();
    const said = [4n, 0n, 0n].map((count, index) => {
      scene.observe((index + 1) * hour, mediaErrors(count), { probe: "smart" });
      return judge(scene, (index + 1) * hour);
    });

    expect(said).toMatchObject([{ kind: "raise" }, { kind: "raise" }, { kind: "clear" }]);
  });

  it("says nothing of a disk that answers 0 once and then its old number", () => {
    const scene = aUsedDisk();
    for (const [index, count] of [0n, 3n, 3n].entries()) {
      scene.observe((index + 1) * hour, mediaErrors(count), { probe: "smart" });
      expect(judge(scene, (index + 1) * hour)).toMatchObject({ kind: "clear" });
    }
  });

  it("measures all that the disk counted, so that what was acknowledged is compared with each error that comes after", () => {
    const scene = aUsedDisk();
    const levels = [4n, 5n, 0n, 0n, 1n].map((count, index) => {
      scene.observe((index + 1) * hour, mediaErrors(count), { probe: "smart" });
      const verdict = judge(scene, (index + 1) * hour);
      return verdict?.kind === "raise" ? verdict.measure?.level : undefined;
    });

    expect(levels).toEqual([4, 5, 5, undefined, 6]);
  });

  it("measures errors of a cable in tens, which come by the dozen", () => {
    const crc = (count: bigint) => after({ ata: { interfaceCrcErrors: 1n } }, { ata: { interfaceCrcErrors: count } });

    expect([2n, 9n, 10n, 25n].map(crc)).toMatchObject([0, 0, 1, 2].map((level) => ({ measure: { level } })));
  });

  it("is not moved by values that were spooled and come after newer ones", () => {
    const scene = aUsedDisk();
    scene.observe(10 * hour, mediaErrors(3n), { probe: "smart", sequence: 90 });
    scene.observe(2 * hour, mediaErrors(2n), { probe: "smart", sequence: 40 });
    scene.observe(3 * hour, mediaErrors(3n), { probe: "smart", sequence: 41 });

    expect(judge(scene, 10 * hour)).toMatchObject({ kind: "clear" });
  });

  it("concludes nothing from a reading that is old, and holds", () => {
    const scene = aUsedDisk();
    scene.observe(hour, mediaErrors(4n), { probe: "smart" });

    expect(judge(scene, 3 * hour)).toMatchObject({ kind: "hold" });
  });

  it("judges what the last reading of a sleeping disk counted, once", () => {
    const scene = aUsedDisk();
    scene.observe(hour, mediaErrors(4n), { probe: "smart" });
    scene.observe(2 * hour, health("a", { nvme: { mediaAndDataIntegrityErrors: 3n } }, 1n), { probe: "smart" });

    expect(judge(scene, 2 * hour)).toMatchObject({ kind: "raise", text: `${name}: 1 more media and data integrity errors` });
  });

  it.each([
    { what: "reallocated sectors", ata: { reallocatedSectorCount: [8n, 9n] } },
    { what: "pending sectors", ata: { pendingSectorCount: [0n, 1n] } },
    { what: "uncorrectable sectors in its own scan", ata: { offlineUncorrectableSectorCount: [0n, 1n] } },
    { what: "reported uncorrectable errors", ata: { reportedUncorrectableErrors: [2n, 3n] } },
  ])("warns of more $what", ({ what, ata }) => {
    const [[field, [before, now]] = ["", []]] = Object.entries(ata);

    expect(after({ ata: { [field]: before } }, { ata: { [field]: now } })).toMatchObject({
      kind: "raise",
      severity: "medium",
      text: `${name}: 1 more ${what}`,
    });
  });

  it("warns of uncorrected errors and grown defects of SCSI disks", () => {
    const verdict = after({ scsi: { grownDefectList: 4n } }, { scsi: { grownDefectList: 6n } });

    expect(verdict).toMatchObject({ kind: "raise", severity: "medium", text: `${name}: 2 more grown defects` });
  });

  it("suspects the cable, quietly, where CRC errors and timeouts grow", () => {
    const few = after({ ata: { interfaceCrcErrors: 1n } }, { ata: { interfaceCrcErrors: 2n } });
    const many = after({ ata: { commandTimeoutCount: 0n } }, { ata: { commandTimeoutCount: 12n } });

    expect(few).toMatchObject({ kind: "raise", severity: "low", action: expect.stringContaining("cable") });
    expect(many).toMatchObject({ kind: "raise", severity: "medium", action: expect.stringContaining("cable") });
  });

  it("follows unsafe shutdowns, but does not blame the disk for them", () => {
    expect(after({ nvme: { unsafeShutdowns: 5n } }, { nvme: { unsafeShutdowns: 50n } })).toMatchObject({ kind: "clear" });
  });
});
