import { HealthStatus } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { aDisk, aLonghorn, aNode } from "../../longhorn/test-support/made-longhorn.ts";
import { judgeCluster, nodeOf, saidBy, textOf } from "../../test-support/judge-cluster.ts";
import { machineThatSaid, type Thing } from "../../test-support/judge-machine.ts";
import { startMs } from "../../test-support/states.ts";
import { longhornHealthContradiction as rule } from "./longhorn-health-contradiction.ts";

const serialNumber = "S6B0NL0T";

function own(value: object, serial = serialNumber): Thing {
  const known = { modelName: "Samsung SSD 980", device: "/dev/nvme0", serialNumber: serial, ...value };
  return { kind: "disk_health", id: "nvme-1", value: { case: "diskHealth", value: known } };
}
const nvme = (criticalWarning: number): Thing => own({ status: HealthStatus.PASSED, nvme: { criticalWarning } });

/** What the rule says where Longhorn says this of the disk, and the agent read that. */
function judge(status: string | undefined, things: readonly Thing[], afterMs = 0) {
  const read = { device: "/dev/nvme0", serial: ` ${serialNumber} `, model: "Samsung SSD 980", collectedAtMs: startMs };
  const health = status === undefined ? [] : [{ ...read, status }];
  const longhorn = aLonghorn({ nodes: [aNode("neko", {}, [aDisk("d", {}, { uuid: "u", health })])] });
  const machine = () => machineThatSaid({ probe: "smart", things });
  return judgeCluster(rule, { longhorn, nodes: [nodeOf("neko")], machine, nowMs: startMs + afterMs });
}
const said = (...asked: Parameters<typeof judge>) => saidBy(rule, judge(...asked))["neko/d"];

describe("longhorn-health-contradiction", () => {
  it.each([
    { name: "both say well", status: "PASSED", thing: nvme(0), expected: "clear" },
    { name: "Longhorn alone says that it failed", status: "FAILED", thing: nvme(0), expected: "low" },
    { name: "the disk declares a fault and Longhorn says PASSED", status: "PASSED", thing: nvme(0b100), expected: "low" },
    { name: "both say failed", status: "FAILED", thing: nvme(0b100), expected: "clear" },
    { name: "it is only hot", status: "PASSED", thing: nvme(0b10), expected: "clear" },
    { name: "a warning, which is no verdict", status: "WARNING", thing: nvme(0), expected: "clear" },
    {
      name: "a SATA disk whose verdict is FAILED",
      status: "PASSED",
      thing: own({ status: HealthStatus.FAILED }),
      expected: "low",
    },
    { name: "a disk that gave no verdict", status: "FAILED", thing: own({}), expected: "clear" },
    {
      name: "another disk's serial number",
      status: "FAILED",
      thing: own({ nvme: { criticalWarning: 0 } }, "S2"),
      expected: "clear",
    },
    { name: "a Longhorn that reads none", status: undefined, thing: nvme(0b100), expected: undefined },
  ])("judges $name: $expected", ({ status, thing, expected }) => {
    expect(said(status, [thing])).toBe(expected);
  });

  it("says who says what, and how to ask the disk", () => {
    const verdicts = judge("FAILED", [nvme(0)]);

    expect(textOf(verdicts)).toBe(
      "Samsung SSD 980 (/dev/nvme0) behind Longhorn's disk d on neko: Longhorn says that it failed, and its own log declares no fault",
    );
    expect(verdicts[0]).toMatchObject({ action: expect.stringContaining("smartctl -x /dev/nvme0") });
  });

  it("concludes nothing from a reading that is old", () => {
    expect(said("FAILED", [nvme(0)], 3_600_000)).toBe("hold");
    expect(said("FAILED", [])).toBe("hold");
  });
});
