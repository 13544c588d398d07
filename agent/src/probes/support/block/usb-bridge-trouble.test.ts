import { describe, expect, it } from "vitest";
import { usbBridgeTrouble } from "./usb-bridge-trouble.ts";

describe("usbBridgeTrouble", () => {
  it.each(["152d:0583", "152d:0578", "174c:2362", "0bda:9210"])("knows %s, and says where it was seen", (id) => {
    const [vendorId = "", productId = ""] = id.split(":");
    const trouble = usbBridgeTrouble(vendorId, productId);

    expect(trouble).toMatch(/^[A-Z][^:]+: .*\. \(.*(?:issues? \d|unusual_uas).*\)$/);
    expect(Buffer.byteLength(trouble)).toBeLessThanOrEqual(512);
  });

  it("says nothing of a bridge that nothing is known of, or that does not say who it is", () => {
    expect(usbBridgeTrouble("0781", "5571")).toBe("");
    expect(usbBridgeTrouble("", "")).toBe("");
  });
});
