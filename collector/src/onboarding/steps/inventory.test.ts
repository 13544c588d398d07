import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { startMs } from "../../test-support/states.ts";
import { aMachine, itsState } from "../test-support/a-machine.ts";
import { wellMachine } from "../test-support/new-machine.ts";
import { inventory } from "./inventory.ts";

const failed = { probe: "smart", outcome: Outcome.FAILED, failure: "HOST_COMMAND_MISSING" };

describe("inventory", () => {
  it("is passed when all that matters has told, with what the machine is", () => {
    expect(inventory.judge(aMachine(), startMs)).toMatchObject({
      kind: "passed",
      evidence: [
        { name: "system", value: "Debian GNU/Linux 13" },
        { name: "kernel", value: "6.12.9" },
        { name: "physical disks", value: "1" },
        { name: "GPUs", value: "RTX 5070 Ti" },
      ],
    });
  });

  it("waits for what was not told to this process, and asks for it", () => {
    const node = itsState();
    const running = { ...node, runningProbes: [...(node.runningProbes ?? []), "sensors"] };
    const { disks: _, ...others } = wellMachine();
    const lacking = { ...itsState(others), runningProbes: node.runningProbes };

    expect(inventory.judge(aMachine({ node: running }), startMs)).toMatchObject({ kind: "passed" }); // nobody needs its sensors
    expect(inventory.judge(aMachine({ node: lacking }), startMs)).toEqual({
      ...{ kind: "waiting", text: "not told yet: disks", probes: ["disks"] },
    });
    expect(inventory.judge(aMachine({ startedAtMs: startMs + 1 }), startMs)).toMatchObject({ kind: "waiting" });
    expect(inventory.judge(aMachine({ node: undefined }), startMs)).toMatchObject({ kind: "waiting" });
  });

  it("is blocked by a probe that fails, not by its first try alone, and goes on where others fail", () => {
    const node = itsState({ ...wellMachine(), smart: failed });
    const sensors = itsState({ ...wellMachine(), sensors: { probe: "sensors", outcome: Outcome.FAILED, failure: "X" } });

    expect(inventory.judge(aMachine({ node }), startMs)).toMatchObject({ kind: "waiting", probes: ["smart"] });
    expect(inventory.judge(aMachine({ node, nowMs: startMs + 15_000 }), startMs)).toMatchObject({
      obstacles: [{ code: "probe-failing", text: expect.stringContaining("HOST_COMMAND_MISSING"), probes: ["smart"] }],
    });
    expect(inventory.judge(aMachine({ node: sensors }), startMs)).toMatchObject({ kind: "passed" });
  });
});
