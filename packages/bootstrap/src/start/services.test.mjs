import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { planServices } from "./services.mjs";

/** @param {string} root */
function collectorArgs(root) {
  const path = join(root, ".nodekeeper");
  const data = {
    path,
    collector: join(path, "collector"),
    agent: join(path, "agent"),
    logs: join(path, "log"),
    lock: join(path, "lock"),
  };
  return planServices({ root, toolchain: "", stamps: "" }, data, { port: 7060, publicName: undefined })[0]?.args.join(" ") ?? "";
}

describe("planServices", () => {
  it("gives the collector its admin socket in the data folder", () => {
    expect(collectorArgs("/home/ada/nodekeeper")).not.toContain("--admin-socket");
  });

  it("does without it in a checkout that lies too deep for one", () => {
    expect(collectorArgs(`/home/ada/${"deep/".repeat(20)}nodekeeper`)).toContain("--admin-socket none");
  });
});
