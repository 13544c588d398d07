import type { MessageInitShape } from "@bufbuild/protobuf";
import { type AtaHealthSchema, type BlockDeviceSchema, Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { viewNode } from "../state/node-view.ts";
import { diskRef, judgeDisk, outcomeOf } from "../test-support/judge-disk.ts";
import { observation } from "../test-support/observations.ts";
import { connectedNode, observed, startMs } from "../test-support/states.ts";
import { ataAttributesFailing } from "./ata-attributes-failing.ts";

type Counts = MessageInitShape<typeof AtaHealthSchema>;

const sound: Counts = { reallocatedSectorCount: 0n, pendingSectorCount: 0n, commandTimeoutCount: 0n };

function severityOf(ata: Counts, rotationRateRpm = 7200): string | undefined {
  return outcomeOf(ataAttributesFailing, { ata, rotationRateRpm });
}

/** Of a disk that does not say how fast it turns. */
function byTheKernel(device: MessageInitShape<typeof BlockDeviceSchema>): string | undefined {
  const health = { modelName: "A disk", ata: { pendingSectorCount: 5n } };
  const subjects = [
    { ...diskRef, outcome: Outcome.OK, value: { case: "diskHealth", value: health } } as const,
    { kind: "block_device", id: diskRef.id, outcome: Outcome.OK, value: { case: "blockDevice", value: device } } as const,
  ];
  const node = observed(connectedNode(), observation({ subjects }));
  return ataAttributesFailing.evaluate(viewNode(node, startMs), () => undefined)[0]?.kind;
}

describe("feature 33: a hard disk is judged by published failure rates", () => {
  it.each<{ name: string; counts: Counts; expected: string }>([
    { name: "a sound disk", counts: sound, expected: "clear" },
    { name: "a few reallocated sectors", counts: { ...sound, reallocatedSectorCount: 16n }, expected: "clear" },
    { name: "more of them", counts: { ...sound, reallocatedSectorCount: 17n }, expected: "medium" },
    { name: "one pending sector", counts: { ...sound, pendingSectorCount: 1n }, expected: "medium" },
    {
      name: "the same sectors pending and uncorrectable: one witness",
      counts: { pendingSectorCount: 8n, offlineUncorrectableSectorCount: 8n },
      expected: "medium",
    },
    {
      name: "pending sectors and many that were replaced: two witnesses",
      counts: { reallocatedSectorCount: 1040n, pendingSectorCount: 878n, offlineUncorrectableSectorCount: 1272n },
      expected: "high",
    },
    { name: "a total of Seagate's command timeouts that is usual", counts: { commandTimeoutCount: 4n }, expected: "clear" },
    { name: "errors on the cable", counts: { ...sound, interfaceCrcErrors: 400n }, expected: "low" },
    { name: "attempts to spin up", counts: { ...sound, spinRetryCount: 1n }, expected: "medium" },
    { name: "numbers of which no rates are known", counts: { readErrors: 9n }, expected: "hold" },
  ])("says $expected of $name", ({ counts, expected }) => {
    expect(severityOf(counts)).toBe(expected);
  });

  it("judges no SSD by them, nor what only the kernel takes for a hard disk behind USB", () => {
    expect(severityOf({ pendingSectorCount: 50n }, 0)).toBe("clear");
    expect(outcomeOf(ataAttributesFailing, { ata: { pendingSectorCount: 50n } })).toBe("clear");
    expect(byTheKernel({ name: "sda", bus: "usb", isRotational: true })).toBe("clear");
    expect(byTheKernel({ name: "sda", bus: "sata", isRotational: false })).toBe("clear");
    expect(byTheKernel({ name: "sda", bus: "sata", isRotational: true })).toBe("raise");
  });

  it("says what it counts and what became of such disks", () => {
    const health = {
      rotationRateRpm: 7200,
      powerOnHours: 40_000n,
      ata: { ...sound, pendingSectorCount: 2n, spinRetryCount: 0n },
    };

    expect(judgeDisk(ataAttributesFailing, health)).toMatchObject({
      text: "A disk (/dev/sda): sectors that cannot be read and wait to be replaced: 2. Of a hundred disks that counted so much, 34 failed within a year",
      evidence: [
        { name: "annual_failure_percent", value: 34.2 },
        { name: "pending_sector_count", value: 2 },
        { name: "power_on_hours", value: 40_000 },
      ],
    });
  });

  it("keeps a count beyond 2⁵³ exact", () => {
    const verdict = judgeDisk(ataAttributesFailing, { rotationRateRpm: 5400, ata: { reallocatedSectorCount: 2n ** 56n + 1n } });

    expect(verdict?.kind === "raise" && verdict.evidence[1]?.value).toBe("72057594037927937");
  });

  it("concludes nothing from what is old or could not be read", () => {
    const failing = { rotationRateRpm: 7200, ata: { pendingSectorCount: 50n } };

    expect(outcomeOf(ataAttributesFailing, failing, { ageMs: 3_600_000 })).toBe("hold");
    expect(outcomeOf(ataAttributesFailing, failing, { after: "failed" })).toBe("hold");
  });
});
