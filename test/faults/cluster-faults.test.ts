/** Every fault of the cluster, act by act: what stands, and what people are told. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clusterFaults } from "./cluster-corpus/index.ts";
import { rehearseCluster } from "./cluster-fault.ts";
import { elsewhere } from "./elsewhere.ts";

describe("faults that others play", () => {
  it.each(elsewhere)("$name has its test", ({ file }) => {
    expect(existsSync(join(import.meta.dirname, "../..", file))).toBe(true);
  });
});

describe("faults of the cluster", () => {
  it("are all in the list", () => {
    const files = readdirSync(join(import.meta.dirname, "cluster-corpus")).filter((file) => file !== "index.ts");

    expect(clusterFaults.map(({ name }) => `${name}.ts`).toSorted()).toEqual(files.toSorted());
  });

  it.each(clusterFaults)("$name: $title", (fault) => {
    const { stood, told } = rehearseCluster(fault);

    expect(stood).toEqual(fault.acts.map(({ stand }) => stand));
    expect(told.toSorted()).toEqual(fault.told.toSorted());
  });
});
