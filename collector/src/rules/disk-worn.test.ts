import { type FlashLife, Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { viewNode } from "../state/node-view.ts";
import { judgeDisk, outcomeOf } from "../test-support/judge-disk.ts";
import { observation } from "../test-support/observations.ts";
import { connectedNode, observed, startMs } from "../test-support/states.ts";
import { diskWorn } from "./disk-worn.ts";

type Life = Partial<Omit<FlashLife, "$typeName">>;

const nvme = (percentageUsed: number) => ({ nvme: { percentageUsed } });

function textOf(percent: number): string | undefined {
  const verdict = judgeDisk(diskWorn, nvme(percent));
  return verdict?.kind === "raise" ? verdict.text : undefined;
}

function judgeCard(flashLife: Life, ageMs = 0) {
  const value = { name: "mmcblk0", model: "SC64G", flashLife };
  const subject = { kind: "block_device", id: "mmc-1", outcome: Outcome.OK, value: { case: "blockDevice", value } } as const;
  const node = observed(connectedNode(), observation({ subjects: [subject] }));
  const verdict = diskWorn.evaluate(viewNode(node, startMs + ageMs), () => undefined)[0];
  return verdict?.kind === "raise" ? verdict.severity : verdict?.kind;
}

describe("feature 31: wear is told from 80 % on, and beyond 100 % in steps", () => {
  it.each([
    [0, "clear"],
    [79, "clear"],
    [80, "low"],
    [89, "low"],
    [90, "medium"],
    [100, "medium"],
    [104, "medium"],
    [255, "medium"],
  ])("says of %i %% used: %s", (percent, expected) => {
    expect(outcomeOf(diskWorn, nvme(percent))).toBe(expected);
  });

  it("says the same of ATA and SCSI, and nothing of a disk that has no wear", () => {
    expect(outcomeOf(diskWorn, { ata: { percentageUsed: 91 } })).toBe("medium");
    expect(outcomeOf(diskWorn, { scsi: { percentageUsedEnduranceIndicator: 85 } })).toBe("low");
    expect(outcomeOf(diskWorn, { ata: { reallocatedSectorCount: 3n } })).toBe("hold");
  });

  it("changes what it says at 110 and 120 %, not in between: each is told once (acceptance 8)", () => {
    expect(textOf(104)).toBe("A disk (/dev/sda): 100 % or more of the writing that it is rated for is used up");
    expect(textOf(109)).toBe(textOf(104));
    expect(textOf(110)).toBe("A disk (/dev/sda): 110 % or more of the writing that it is rated for is used up");
    expect(new Set([80, 84, 90, 99, 100, 104, 110, 119, 120].map(textOf)).size).toBe(5);
  });

  it.each<{ name: string; life: Life; expected: string }>([
    { name: "new", life: { usedTypeAPercent: 10, usedTypeBPercent: 10, reserveState: "normal" }, expected: "clear" },
    { name: "at most 90 %", life: { usedTypeAPercent: 20, usedTypeBPercent: 90, reserveState: "normal" }, expected: "low" },
    { name: "at most 100 %", life: { usedTypeAPercent: 100 }, expected: "medium" },
    { name: "beyond 100 %", life: { usedTypeAPercent: 110 }, expected: "medium" },
    { name: "with a reserve that runs out", life: { usedTypeAPercent: 10, reserveState: "urgent" }, expected: "medium" },
    { name: "that says nothing", life: { cardType: "sd" }, expected: "hold" },
  ])("judges a card $name: $expected", ({ life, expected }) => {
    expect(judgeCard(life)).toBe(expected);
  });

  it("concludes nothing from what is old or could not be read", () => {
    expect(outcomeOf(diskWorn, nvme(120), { ageMs: 3_600_000 })).toBe("hold");
    expect(outcomeOf(diskWorn, nvme(120), { after: "failed" })).toBe("hold");
    expect(judgeCard({ usedTypeAPercent: 110 }, 3_600_000)).toBe("hold");
  });
});
