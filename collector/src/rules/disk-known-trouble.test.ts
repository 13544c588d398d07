import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { viewNode } from "../state/node-view.ts";
import { judgeDisk, outcomeOf } from "../test-support/judge-disk.ts";
import { observation } from "../test-support/observations.ts";
import { connectedNode, observed, startMs } from "../test-support/states.ts";
import { diskKnownTrouble } from "./disk-known-trouble.ts";

function judgeBridge(knownTrouble: string, ageMs = 0) {
  const usbBridge = {
    vendorId: "152d",
    productId: "0583",
    manufacturer: "JMicron",
    product: "JMS583",
    driver: "uas",
    knownTrouble,
  };
  const value = { name: "sda", usbBridge };
  const subject = { kind: "block_device", id: "usb-1", outcome: Outcome.OK, value: { case: "blockDevice", value } } as const;
  const node = observed(connectedNode(), observation({ subjects: [subject] }));
  return diskKnownTrouble.evaluate(viewNode(node, startMs + ageMs), () => undefined)[0];
}

describe("feature 43: what is known of a model is told quietly", () => {
  it("tells what is known of model and firmware", () => {
    const health = { firmwareVersion: "2B4QFXO7", knownTrouble: ["Its temperature may be stuck at 84 °C.", "Update it."] };

    expect(judgeDisk(diskKnownTrouble, health)).toMatchObject({
      kind: "raise",
      text: "A disk (/dev/sda): Its temperature may be stuck at 84 °C; Update it",
      evidence: [
        { name: "model", value: "A disk" },
        { name: "firmware", value: "2B4QFXO7" },
      ],
    });
    expect(diskKnownTrouble.severity).toBe("low");
  });

  it("tells what is known of a USB bridge", () => {
    expect(judgeBridge("It may hang for two minutes with uas.")).toMatchObject({
      kind: "raise",
      subject: { kind: "block_device", id: "usb-1" },
      text: "JMicron JMS583 (sda): It may hang for two minutes with uas",
      evidence: [
        { name: "usb_id", value: "152d:0583" },
        { name: "driver", value: "uas" },
      ],
    });
  });

  it("is content where nothing is known, and concludes nothing from what is old", () => {
    expect(outcomeOf(diskKnownTrouble, {})).toBe("clear");
    expect(judgeBridge("")?.kind).toBe("clear");
    expect(judgeBridge("It hangs.", 3_600_000)?.kind).toBe("hold");
    expect(outcomeOf(diskKnownTrouble, { knownTrouble: ["It hangs."] }, { ageMs: 3_600_000 })).toBe("hold");
  });
});
