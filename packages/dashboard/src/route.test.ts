import { describe, expect, it } from "vitest";
import { linkTo, nodeLink, placeOf } from "./route.ts";

describe("placeOf", () => {
  it.each([
    ["", { kind: "fleet" }],
    ["#/", { kind: "fleet" }],
    ["#/?status=failed", { kind: "fleet" }],
    ["#/findings?show=aside&words=a%3Fb", { kind: "findings" }],
    ["#/disks", { kind: "disks" }],
    ["#/mesh", { kind: "mesh" }],
    ["#/gpus?model=granite4%3A3b", { kind: "gpus" }],
    ["#/notifications", { kind: "notifications" }],
    ["#/nodes/neko%20two", { kind: "node", name: "neko two" }],
    ["#/nodes/100%", { kind: "node", name: "100%" }],
    ["#/elsewhere", { kind: "fleet" }],
  ])("takes %s for its page", (fragment, place) => {
    expect(placeOf(fragment)).toEqual(place);
  });

  it("takes a link for the node that it was made of", () => {
    expect(placeOf(nodeLink("a/b?c"))).toEqual({ kind: "node", name: "a/b?c" });
  });
});

describe("linkTo", () => {
  it("carries what is chosen, and leaves out what is not", () => {
    expect(linkTo("findings", { show: "aside", node: "a&b", rule: "" })).toBe("#/findings?show=aside&node=a%26b");
    expect(linkTo("fleet", {})).toBe("#/");
  });
});
