import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { disk, observation } from "../test-support/observations.ts";
import { hello, observed, startMs } from "../test-support/states.ts";
import { reduce } from "./reduce.ts";
import { restoreNodes } from "./restore.ts";

const remembered = {
  name: "neko",
  machineId: "machine",
  bootId: "boot",
  epoch: "epoch-1",
  agentVersion: "0.1.0",
  firstSeenAtMs: startMs - 1_000_000,
  lastContactAtMs: startMs - 500,
  goodbye: "reboot",
};

function stored(epoch: string, sequence: number) {
  const made = observation({ subjects: [disk("sda")] }, { sequence });
  return { node: "neko", epoch, observation: made, observedAtMs: startMs - 60_000, receivedAtMs: startMs - 59_000 };
}

describe("restoreNodes", () => {
  it("makes nothing fresher: the node is away, and its facts are as old as they are", () => {
    const [node] = restoreNodes([remembered], [stored("epoch-1", 7)]);

    expect(node).toMatchObject({ firstSeenAtMs: startMs - 1_000_000, lastContactAtMs: startMs - 500, runningProbes: undefined });
    expect(node?.connection).toEqual({ kind: "disconnected", sinceMs: startMs - 500, goodbye: "reboot" });
    expect(node?.probes.get("disks")).toMatchObject({ sequence: 7, observedAtMs: startMs - 60_000, isRestored: true });
    expect(node?.probes.get("disks")?.subjects.get("block_device/sda")?.readAtMs).toBe(startMs - 60_000);
  });

  it("keeps the last good value of a probe whose latest run failed", () => {
    const good = stored("epoch-1", 7);
    const failed = observation(
      {},
      { sequence: 8, outcome: Outcome.FAILED, factsHash: new Uint8Array(), body: { case: undefined } },
    );
    const bad = { ...stored("epoch-1", 8), observation: failed };

    const [node] = restoreNodes([remembered], [good, bad]);

    const probe = node?.probes.get("disks");
    expect(probe).toMatchObject({ sequence: 8, outcome: Outcome.FAILED });
    expect(probe?.subjects.get("block_device/sda")?.value?.case).toBe("blockDevice");
  });

  it("lets the present epoch win over what is left of an earlier one", () => {
    const [node] = restoreNodes([remembered], [stored("epoch-0", 900)]);
    if (node === undefined) throw new Error("no node");
    const back = reduce(node, { kind: "connected", node: "neko", hello: hello({ machineId: "machine" }), atMs: startMs });

    const after = observed(back ?? node, observation({ subjects: [disk("sdb")] }, { sequence: 1 }));

    expect(node.probes.get("disks")?.sequence).toBe(0);
    expect(back?.probes.get("disks")?.isRestored).toBe(true);
    expect(after.probes.get("disks")?.sequence).toBe(1);
    expect(after.probes.get("disks")?.isRestored).toBeUndefined();
  });

  it("knows nodes of which no observation is left", () => {
    expect(restoreNodes([remembered], []).map((node) => [node.name, node.probes.size])).toEqual([["neko", 0]]);
  });
});
