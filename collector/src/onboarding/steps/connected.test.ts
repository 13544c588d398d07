import { describe, expect, it } from "vitest";
import { startMs } from "../../test-support/states.ts";
import { aMachine, itsNode, itsState } from "../test-support/a-machine.ts";
import { connected } from "./connected.ts";

const away = { kind: "disconnected", sinceMs: startMs, goodbye: undefined } as const;
const refusal = {
  code: "IDENTITY_REFUSED",
  message: "no such token",
  address: "10.0.0.9",
  machineId: "",
  count: 1,
  gapMs: undefined,
};

function judge(overrides: Parameters<typeof aMachine>[0], afterMs = 0): ReturnType<typeof connected.judge> {
  return connected.judge(aMachine({ ...overrides, nowMs: startMs + afterMs }), startMs);
}

describe("connected", () => {
  it("is passed by an open stream, whoever else is refused in its name", () => {
    const verdict = judge({ turnedAway: [{ ...refusal, lastAtMs: startMs }] });

    expect(verdict).toMatchObject({ kind: "passed", evidence: [{ name: "agent version", value: "0.1.0" }, {}, {}] });
  });

  it("waits a minute for an agent that never came, or is away, then says what to look at", () => {
    const gone = itsState(undefined, { connection: away });
    const byCredential = itsState(undefined, {
      connection: { ...away, goodbye: "upgrade" },
      proof: { state: "proven", by: "credential" },
    });

    expect(judge({ node: undefined })).toMatchObject({ kind: "waiting" });
    expect(judge({ node: gone }, 59_000)).toMatchObject({ kind: "waiting" });
    expect(judge({ node: undefined }, 60_000)).toMatchObject({ obstacles: [{ code: "no-agent" }] });
    expect(judge({ node: gone }, 60_000)).toMatchObject({ obstacles: [{ code: "agent-away", on: "a machine with kubectl" }] });
    expect(judge({ node: byCredential }, 60_000)).toMatchObject({
      obstacles: [
        { on: "the node", text: expect.stringContaining("(upgrade)"), command: expect.stringMatching(/^systemctl restart/) },
      ],
    });
  });

  it("says of a Node that is not ready that no pod can be there", () => {
    const status = {
      conditions: [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped" }],
    };
    const cluster = { kind: "known", node: itsNode({ status }), isOnTailnet: false } as const;

    expect(judge({ node: undefined, cluster }, 60_000)).toMatchObject({
      obstacles: [{ code: "node-not-ready", text: expect.stringContaining("NodeStatusUnknown: Kubelet stopped") }],
    });
  });

  it("is blocked at once by a refusal, unless its agent was let in since", () => {
    const gone = itsState(undefined, { connection: away, lastContactAtMs: startMs });
    const turnedAway = [{ ...refusal, lastAtMs: startMs + 1_000 }];

    expect(judge({ node: undefined, turnedAway }, 2_000)).toMatchObject({
      obstacles: [{ code: "wrong-token", on: "a machine with kubectl" }],
    });
    expect(judge({ node: gone, turnedAway }, 2_000)).toMatchObject({ kind: "blocked" });
    expect(judge({ node: gone, turnedAway: [{ ...refusal, lastAtMs: startMs - 1 }] }, 2_000)).toMatchObject({ kind: "waiting" });
    expect(judge({ node: undefined, turnedAway, cluster: { kind: "none" } }, 2_000)).toMatchObject({
      obstacles: [{ command: "nodekeeper token create --node neko", on: "the collector" }],
    });
    const cloned = [{ ...refusal, code: "IDENTITY_CLONED", machineId: "m2", lastAtMs: startMs + 1_000 }];
    expect(judge({ node: undefined, turnedAway: cloned }, 2_000)).toMatchObject({ obstacles: [{ code: "node-name-taken" }] });
  });
});
