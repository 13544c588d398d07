import type { PlannedOperation } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { startMs } from "../../test-support/states.ts";
import { aMachine, itsNode } from "../test-support/a-machine.ts";
import { labelled } from "./labelled.ts";

type Overrides = Parameters<typeof aMachine>[0];

function operation(more: Partial<PlannedOperation> = {}): PlannedOperation {
  return {
    ...{
      reconciler: "node-labels",
      node: "neko",
      item: "nodekeeper.example/gpu",
      kind: "set",
      class: "describe",
      after: "1",
      why: "w",
    },
    ...more,
  };
}

function withOperations(...operations: readonly PlannedOperation[]): Overrides {
  return { plan: () => ({ operations, held: [], hash: "ab12" }) };
}

function judge(overrides: Overrides, afterMs = 0): ReturnType<typeof labelled.judge> {
  return labelled.judge(aMachine({ ...overrides, nowMs: startMs + afterMs }), startMs);
}

describe("labelled", () => {
  it("is passed when nothing is left to be written, with what stands on the Node", () => {
    const status = {
      conditions: [{ type: "DiskHealthy", status: "True", reason: "NoFaultKnown", message: "" }],
    };
    const node = itsNode({ labels: { "nodekeeper.example/gpu": "1", "kubernetes.io/arch": "amd64" }, status });

    expect(judge({ cluster: { kind: "known", node, isOnTailnet: false } })).toEqual({
      ...{ kind: "passed", text: "1 label and 1 condition stand on its Node" },
      evidence: [
        { name: "gpu", value: "1" },
        { name: "DiskHealthy", value: "True (NoFaultKnown)" },
      ],
    });
  });

  it("waits for what is to be written, but not for Longhorn's disks, its own end, and what takes something away", () => {
    const others = [
      operation({ reconciler: "longhorn-disks" }),
      operation({ reconciler: "startup-taint" }),
      operation({ class: "restrict" }),
    ];

    expect(judge(withOperations(operation()))).toEqual({ kind: "waiting", text: "1 step is to be written" });
    expect(judge(withOperations(...others))).toMatchObject({ kind: "passed" });
    const held = [{ reconciler: "node-labels", item: "", reason: "its agent has not proven who it is" }];
    expect(judge({ plan: () => ({ operations: [], held, hash: "" }) })).toMatchObject({ kind: "waiting", text: held[0]?.reason });
  });

  it("needs somebody where an approval is missing, the plan is paused, or the API server refuses for a minute", () => {
    const waiting = (reason: "mode" | "pause" | "retry") =>
      withOperations(operation({ waiting: { for: reason, text: "it says so" } }));

    expect(judge(waiting("mode"))).toMatchObject({ obstacles: [{ code: "awaits-approval", command: "nodekeeper apply ab12" }] });
    expect(judge(waiting("pause"))).toMatchObject({ obstacles: [{ code: "paused", on: "a machine with kubectl" }] });
    expect(judge(waiting("retry"))).toEqual({ kind: "waiting", text: "1 step is to be written: it says so" });
    expect(judge(waiting("retry"), 60_000)).toMatchObject({
      obstacles: [{ code: "write-refused", command: "nodekeeper explain neko" }],
    });
  });

  it("is not needed where nothing is ever written", () => {
    const off = { policy: { ...aMachine().policy, modes: { ...aMachine().policy.modes, describe: "off" } } } as const;

    expect(judge(off)).toMatchObject({ kind: "not-needed" });
    expect(judge({ cluster: { kind: "known", node: undefined, isOnTailnet: false } })).toMatchObject({ kind: "not-needed" });
    expect(judge({ plan: () => undefined })).toMatchObject({ kind: "not-needed" });
    expect(judge({ cluster: { kind: "unknown" } })).toMatchObject({ kind: "waiting" });
  });
});
