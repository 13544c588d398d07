import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ClusterNode } from "./cluster-node.ts";
import { createClusterHolder } from "./create-cluster-holder.ts";

function node(name: string, resourceVersion = "1", uid = `uid of ${name}`): ClusterNode {
  return {
    ...{ name, uid, resourceVersion, createdAtMs: 0, labels: {}, annotations: {}, isCordoned: false, taints: [] },
    ...{ conditions: [], addresses: [], info: { machineId: "", bootId: "", kubeletVersion: "" }, managers: [] },
  };
}

/** A holder with badger and otter, and what its listener was told since. */
async function listed() {
  const holder = createClusterHolder();
  holder.replaceAll([node("badger"), node("otter")], 1_000);
  await setImmediate();
  const told: (readonly string[])[] = [];
  holder.subscribe((names) => told.push(names));
  return { holder, told };
}

describe("the holder of a cluster's Nodes", () => {
  it("knows nothing until there was a complete list, also when it could not be asked", () => {
    const holder = createClusterHolder();
    expect(holder.knowledge).toEqual({ kind: "unknown", problem: undefined });

    holder.setProblem("nobody answers");
    holder.heard(1_000);

    expect(holder.knowledge).toEqual({ kind: "unknown", problem: "nobody answers" });
    expect([holder.nodes(), holder.version]).toEqual([[], undefined]);
  });

  it("takes what is not in a complete list as gone, and says what came, went and changed", async () => {
    const { holder, told } = await listed();

    holder.replaceAll([node("badger", "2"), node("weasel")], 2_000);
    await setImmediate();

    expect(told.map((names) => names.toSorted())).toEqual([["badger", "otter", "weasel"]]);
    expect(holder.nodes()).toEqual([node("badger", "2"), node("weasel")]);
    expect(holder.knowledge).toMatchObject({ kind: "known", listedAtMs: 2_000, heardAtMs: 2_000 });
  });

  it("does not change by what nobody wrote on", async () => {
    const { holder, told } = await listed();
    const before = holder.nodes();

    holder.replaceAll([node("badger"), node("otter")], 2_000);
    holder.put(node("badger"), 3_000);
    holder.remove("weasel", 4_000);
    await setImmediate();

    expect(told).toEqual([]);
    expect(holder.nodes()).toBe(before);
    expect(holder.knowledge).toMatchObject({ listedAtMs: 2_000, heardAtMs: 4_000 });
  });

  it("takes another Node under the same name for another, whatever its version is", async () => {
    const { holder, told } = await listed();

    holder.put(node("badger", "1", "another"), 2_000);
    await setImmediate();

    expect(told).toEqual([["badger"]]);
    expect(holder.node("badger")?.uid).toBe("another");
  });

  it("tells of many changes in one turn once, and not who has gone", async () => {
    const { holder, told } = await listed();
    const gone = holder.subscribe(() => told.push(["told to nobody"]));
    gone[Symbol.dispose]();

    for (const version of ["2", "3", "4"]) holder.put(node("badger", version), 2_000);
    holder.remove("otter", 2_000);
    await setImmediate();

    expect(told).toEqual([["badger", "otter"]]);
    expect(holder.nodes()).toEqual([node("badger", "4")]);
  });

  it("keeps what it knows while there is a problem", async () => {
    const { holder } = await listed();

    holder.setProblem("nobody answers");

    expect(holder.knowledge).toEqual({ kind: "known", listedAtMs: 1_000, heardAtMs: 1_000, problem: "nobody answers" });
    expect(holder.nodes()).toHaveLength(2);
  });
});
