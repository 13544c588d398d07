import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leavesLonghornAlone } from "./multipath-configuration.ts";

describe("a configuration of multipathd", () => {
  it("no text is too odd or too long for it", () => {
    const part = fc.constantFrom("blacklist {\n", "device {\n", "}\n", 'devnode "^sd"\n', 'vendor "IET"\n', "{", "\n", " ", '"');
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 60 }), (parts) => {
        expect(typeof leavesLonghornAlone([parts.join("")])).toBe("boolean");
      }),
    );
    const startedAtMs = performance.now();
    expect(leavesLonghornAlone([`blacklist {${"{".repeat(20_000)}${"a{}".repeat(20_000)}`])).toBe(false);
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  });

  it("is read over several files", () => {
    expect(leavesLonghornAlone(["defaults {\n}\n", 'blacklist {\n\tdevnode "^sd[a-z]+[0-9]*"\n}\n'])).toBe(true);
  });
});
