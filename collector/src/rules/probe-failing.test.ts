import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import type { NodeState } from "../state/node-state.ts";
import { viewNode } from "../state/node-view.ts";
import { reduce } from "../state/reduce.ts";
import { disk, list, observation } from "../test-support/observations.ts";
import { connectedNode, hello, observed, startMs } from "../test-support/states.ts";
import { probeFailing } from "./probe-failing.ts";

function judge(node: NodeState, ageMs = 0) {
  return probeFailing.evaluate(viewNode(node, startMs + ageMs), () => undefined)[0];
}

function failedRun(code: string, message: string): NodeState {
  const failed = { outcome: Outcome.FAILED, failure: { code, message }, body: { case: undefined, value: undefined } } as const;
  return observed(connectedNode(), observation({}, failed));
}

const unreadable = (id: string) => ({
  kind: "block_device",
  id,
  outcome: Outcome.FAILED,
  failure: { code: "HOST_PERMISSION_DENIED", message: `reading ${id} was refused` },
});

describe("probe-failing", () => {
  it("is content with a probe that read everything", () => {
    const node = observed(connectedNode(), observation({ subjects: [disk("sda")], lists: [list("block_device", true)] }));

    expect(judge(node)).toEqual({ kind: "clear", subject: { kind: "probe", id: "disks" } });
  });

  it("says what broke when a whole run failed, and what to look at", () => {
    expect(judge(failedRun("HOST_COMMAND_TIMEOUT", "smartctl did not end within 45 s."))).toMatchObject({
      kind: "raise",
      severity: "medium",
      text: "disks cannot be read: smartctl did not end within 45 s",
      action: "Look at the device and at the kernel log of the node (dmesg): something does not answer.",
      evidence: [{ name: "disks", value: "HOST_COMMAND_TIMEOUT: smartctl did not end within 45 s." }],
    });
  });

  it("is quieter where only something that it needs is missing", () => {
    expect(judge(failedRun("HOST_COMMAND_MISSING", "smartctl is not installed"))).toMatchObject({
      severity: "low",
      action: "Install the program that it needs on the node.",
    });
  });

  it("makes one finding of all that it could not read, lists included", () => {
    const subjects = [disk("sda"), unreadable("sdb"), unreadable("sdc")];
    const node = observed(connectedNode(), observation({ subjects, lists: [list("block_device", false)] }));

    expect(judge(node)).toMatchObject({
      severity: "low",
      text: "disks: block_device sdb cannot be read (and 2 more): reading sdb was refused",
      evidence: [
        { name: "block_device sdb", value: "HOST_PERMISSION_DENIED: reading sdb was refused" },
        { name: "block_device sdc", value: "HOST_PERMISSION_DENIED: reading sdc was refused" },
        { name: "the whole list of block_device", value: "HOST_READ_FAILED: one could not be read" },
      ],
    });
  });

  it("says nothing of a list that cannot be whole as the agent is installed, and does of one that could not be read", () => {
    const listed = (code: string) => {
      const processes = {
        kind: "gpu_process",
        isComplete: false,
        failure: { code, message: "processes may use the GPU unseen" },
      };
      return observed(connectedNode(), observation({ lists: [list("gpu", true), processes] }));
    };

    expect(judge(listed("GPU_PROCESSES_HIDDEN"))).toMatchObject({ kind: "clear" });
    expect(judge(listed("GPU_READ_FAILED"))).toMatchObject({ kind: "raise", severity: "low" });
  });

  it("does not count what failed long ago and is not spoken of any more", () => {
    const before = observed(connectedNode(), observation({ subjects: [unreadable("sdb")] }));
    const after = observed(before, observation({ subjects: [disk("sda")] }, { sequence: 2 }), startMs + 60_000);

    expect(judge(after, 60_000)?.kind).toBe("clear");
  });

  it("holds when the probe's last word is old, and is content with a probe that is no longer run", () => {
    const failed = failedRun("PROBE_TIMEOUT", "late");
    const without = reduce(failed, {
      kind: "connected",
      node: "neko",
      hello: hello({ probes: [{ name: "smart" }] }),
      atMs: startMs,
    });

    expect(judge(failed, 3_600_000)?.kind).toBe("hold");
    expect(without && judge(without)?.kind).toBe("clear");
  });
});
