import { describe, expect, it } from "vitest";
import { createAsking } from "./asking.ts";

describe("nodes that asked who needs them", () => {
  it("are all looked at again where that costs nothing", () => {
    const asking = createAsking();
    for (const node of ["neko", "otter", "wolf"]) asking.asked(node, 0);
    asking.forget("otter");

    expect(asking.next()).toEqual(["neko", "wolf"]);
  });

  it("have their turn one after the other where it costs much", () => {
    const asking = createAsking();
    for (const node of ["neko", "otter", "wolf", "lynx"]) asking.asked(node, 1_000);
    const first = asking.next();
    for (const node of first) asking.asked(node, 1_000);

    expect(first).toEqual(["neko"]);
    expect(asking.next()).toEqual(["otter"]);
  });
});
