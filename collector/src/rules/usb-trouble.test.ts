import { KernelFaultSeverity } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, severityIn, type Thing } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { usbTrouble as rule } from "./usb-trouble.ts";

const dayMs = 24 * 3_600_000;

function fault(code: string, count: number, agoMs = 0): Thing {
  const value = {
    ...{ code, device: "2-1", area: "usb", severity: KernelFaultSeverity.WARNING, message: "usb 2-1: …" },
    lastAtUnixMs: BigInt(startMs - agoMs),
  };
  return {
    ...{ kind: "kernel_fault", id: `${code} 2-1`, samples: { occurrences_total: count } },
    value: { case: "kernelFault", value },
  };
}

function bridge(speedBitsPerSecond: bigint | undefined, driver = "uas"): Thing {
  const usbBridge = {
    vendorId: "152d",
    productId: "0583",
    driver,
    ...(speedBitsPerSecond === undefined ? {} : { speedBitsPerSecond }),
  };
  return {
    kind: "block_device",
    id: "sda",
    value: { case: "blockDevice", value: { name: "sda", model: "A disk", bus: "usb", usbBridge } },
  };
}

const said = (thing: Thing, afterMs = 0) => severityIn(rule, judge(rule, machineThatSaid({ things: [thing] }), afterMs));

// The codes are those of docs/kernel-faults.md; kernel source, drivers/usb/core/hub.c and drivers/usb/storage/uas.c.
describe("usb-trouble", () => {
  it.each<{ what: string; thing: Thing; expected: string | undefined }>([
    { what: "a port with too much current", thing: fault("usb-over-current", 1), expected: "low" },
    { what: "two devices that did not answer", thing: fault("usb-enumeration-failed", 2), expected: "clear" },
    { what: "one that does not answer again and again", thing: fault("usb-enumeration-failed", 3), expected: "low" },
    { what: "a bridge that hangs", thing: fault("usb-storage-abort", 3), expected: "low" },
    { what: "resets of an enclosure that wakes up", thing: fault("usb-reset", 23), expected: "clear" },
    { what: "resets by the dozen", thing: fault("usb-reset", 24), expected: "low" },
    { what: "trouble of yesterday", thing: fault("usb-over-current", 9, dayMs), expected: "clear" },
    { what: "a device that was unplugged", thing: fault("usb-disconnect", 99), expected: undefined },
    { what: "UAS at USB 2", thing: bridge(480_000_000n), expected: "low" },
    { what: "UAS at USB 3", thing: bridge(5_000_000_000n), expected: "clear" },
    { what: "a stick at USB 2", thing: bridge(480_000_000n, "usb-storage"), expected: "clear" },
    { what: "a bridge of unknown speed", thing: bridge(undefined), expected: "hold" },
  ])("judges $what: $expected", ({ thing, expected }) => {
    expect(said(thing)).toBe(expected);
  });

  it("concludes nothing from what is old", () => {
    expect(said(fault("usb-over-current", 9), 600_000)).toBe("hold");
    expect(said(bridge(480_000_000n), 600_000)).toBe("hold");
  });

  it("is measured in tens", () => {
    expect(judge(rule, machineThatSaid({ things: [fault("usb-storage-abort", 11)] }))).toMatchObject([
      { measure: { level: 10 } },
    ]);
  });
});
