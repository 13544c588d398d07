import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conditionMessage, conditionText, readConditionText, reasonOfRule } from "./condition-text.ts";

describe("a condition in one line", () => {
  it("is status, reason and message", () => {
    const words = { status: "False", reason: "NvmeCriticalWarning", message: "A disk (/dev/nvme0): it fails" } as const;

    expect(conditionText(words)).toBe("False NvmeCriticalWarning: A disk (/dev/nvme0): it fails");
    expect(conditionText({ ...words, message: "" })).toBe("False NvmeCriticalWarning");
  });

  it("comes back as it was said, whatever the message", () => {
    const status = fc.constantFrom("True" as const, "False" as const, "Unknown" as const);
    fc.assert(
      fc.property(status, fc.string({ unit: "binary" }), (said, text) => {
        const words = { status: said, reason: "NoFaultKnown", message: conditionMessage(text) };
        expect(readConditionText(conditionText(words))).toEqual(words);
      }),
    );
  });

  it("is none where it is not one", () => {
    expect(readConditionText("Maybe SomeReason: text")).toBeUndefined();
    expect(readConditionText("True ")).toBeUndefined();
  });

  it("has a message of one line and at most 1,024 bytes, cut between characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 2_000 }), (text) => {
        const message = conditionMessage(text.repeat(3));
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
        expect(message).not.toMatch(/[\n\r]/);
      }),
    );
    expect(conditionMessage("ä".repeat(600)).endsWith("ä…")).toBe(true);
  });

  it("has a reason in camel case", () => {
    expect(reasonOfRule("k3s-not-running")).toBe("K3sNotRunning");
  });
});
