import { describe, expect, it } from "vitest";
import { startMs } from "../../test-support/states.ts";
import { aMachine, itsNode, itsState } from "../test-support/a-machine.ts";
import { identity } from "./identity.ts";

const claim = { code: "IDENTITY_CLONED", message: "taken", address: "10.0.0.9", machineId: "m2", count: 1 };

function judge(overrides: Parameters<typeof aMachine>[0], afterMs = 0): ReturnType<typeof identity.judge> {
  return identity.judge(aMachine({ ...overrides, nowMs: startMs + afterMs }), startMs);
}

describe("identity", () => {
  it("is passed by what proves it, and waits for the API server's word", () => {
    expect(judge({})).toMatchObject({
      kind: "passed",
      evidence: [{}, { value: "the cluster's token of its pod" }, { value: "uid-neko" }],
    });
    expect(judge({ node: itsState(undefined, { proof: { state: "unreviewed", by: "cluster" } }) })).toMatchObject({
      kind: "waiting",
    });
    expect(judge({ cluster: { kind: "unknown" } })).toMatchObject({ kind: "waiting" });
  });

  it("is not needed of the collector's own machine, and is of a Node", () => {
    const node = itsState(undefined, { proof: { state: "unproven", by: "nothing" } });

    expect(judge({ node, cluster: { kind: "none" } })).toMatchObject({ kind: "not-needed" });
    expect(judge({ node })).toMatchObject({ obstacles: [{ code: "identity-unproven" }] });
  });

  it("is blocked by a Node that was made for another machine, after a minute, with the secret that K3s keeps", () => {
    const object = itsNode({ status: { nodeInfo: { machineID: "22222222222222222222222222222222" } } });
    const cluster = { kind: "known", node: object, isOnTailnet: false } as const;

    expect(judge({ cluster }, 59_000)).toMatchObject({ kind: "waiting" });
    expect(judge({ cluster }, 60_000)).toMatchObject({
      obstacles: [{ code: "other-machine", command: "kubectl -n kube-system delete secret neko.node-password.k3s" }],
    });
  });

  it("is blocked while another machine tries to come by its name, as long as the time between its tries says", () => {
    const turnedAway = [{ ...claim, lastAtMs: startMs, gapMs: undefined }];
    const slow = [{ ...claim, lastAtMs: startMs, gapMs: 60_000 }];

    expect(judge({ turnedAway }, 6_900)).toMatchObject({
      obstacles: [{ code: "node-name-taken", on: "the machine at 10.0.0.9", text: expect.stringContaining("machine-id m2") }],
    });
    expect(judge({ turnedAway }, 7_100)).toMatchObject({ kind: "passed" });
    expect(judge({ turnedAway: slow }, 89_000)).toMatchObject({ kind: "blocked" });
    expect(judge({ turnedAway: slow }, 91_000)).toMatchObject({ kind: "passed" });
  });
});
