import { describe, expect, it } from "vitest";
import { isLeftToOthers, storagePlace } from "./explanation-reading.ts";

describe("what others made", () => {
  it("is left to them unless we want it otherwise, and what is ours is not", () => {
    expect(isLeftToOthers({ live: "true", owner: "foreign", wanted: "absent" })).toBe(true);
    expect(isLeftToOthers({ live: "false", owner: "foreign", wanted: "hold" })).toBe(true);
    expect(isLeftToOthers({ live: "true", owner: "foreign", wanted: "value" })).toBe(false);
    expect(isLeftToOthers({ live: "true", owner: "ours", wanted: "absent" })).toBe(false);
    expect(isLeftToOthers({ wanted: "absent" })).toBe(false);
  });
});

describe("a setting of Longhorn", () => {
  it("stands on a disk, or on the node", () => {
    expect(storagePlace("disks/a%2Fb/tags/example.com/fast")).toEqual({ prefix: "disks/a%2Fb/", key: "tags/example.com/fast" });
    expect(storagePlace("tags/edge")).toEqual({ prefix: "", key: "tags/edge" });
  });
});
