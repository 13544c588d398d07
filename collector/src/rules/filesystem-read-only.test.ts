import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { viewNode } from "../state/node-view.ts";
import { observation } from "../test-support/observations.ts";
import { connectedNode, observed, startMs } from "../test-support/states.ts";
import { filesystemReadOnly } from "./filesystem-read-only.ts";

function judge(hasFallenReadOnly: boolean | undefined, ageMs = 0) {
  const fallen = hasFallenReadOnly === undefined ? {} : { hasFallenReadOnly };
  const place = { physicalBlockDeviceIds: ["eui.1", "eui.2"], isReadOnly: true };
  const value = { mountPoint: "/data", source: "/dev/md0", type: "ext4", ...place, ...fallen };
  const facts = {
    subjects: [{ kind: "filesystem", id: "/data", outcome: Outcome.OK, value: { case: "filesystem", value } } as const],
    sampleKeys: [{ kind: "filesystem", id: "/data", name: "errors_total" }],
  };
  const node = observed(connectedNode(), observation(facts, { sampleValues: [3] }));
  return filesystemReadOnly.evaluate(viewNode(node, startMs + ageMs), () => undefined)[0];
}

describe("feature 38: a filesystem that the kernel has made read-only", () => {
  it("is told at once, with the disks below it", () => {
    expect(judge(true)).toMatchObject({
      kind: "raise",
      isDeclared: true,
      text: "/data (ext4 on /dev/md0) was made read-only by the kernel",
      evidence: [
        { name: "source", value: "/dev/md0" },
        { name: "type", value: "ext4" },
        { name: "errors_total", value: 3 },
        { name: "physical_block_devices", value: "eui.1, eui.2" },
      ],
    });
    expect(filesystemReadOnly.severity).toBe("high");
  });

  it("is content with one that was mounted read-only, and concludes nothing where it cannot tell", () => {
    expect(judge(false)?.kind).toBe("clear");
    expect(judge(undefined)?.kind).toBe("hold");
    expect(judge(true, 3_600_000)?.kind).toBe("hold");
  });
});
