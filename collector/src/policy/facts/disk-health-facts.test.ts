/** Health of disks as it is known: what they declare, what they do not tell, and what could not be read. */
import { HealthStatus, Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { list } from "../../test-support/observations.ts";
import { startMs } from "../../test-support/states.ts";
import { readExpression } from "../read-expression.ts";
import {
  absent,
  after,
  diskLists,
  failed,
  knownOf,
  nvme,
  ok,
  proven,
  type SubjectInit,
  without,
} from "../test-support/told-node.ts";

type HealthInit = Extract<NonNullable<SubjectInit["value"]>, { case: "diskHealth" }>["value"];

const node = after(proven, "disks", { subjects: [nvme, { ...nvme, id: "eui.2" }], lists: diskLists });

function health(id: string, value: HealthInit): SubjectInit {
  return ok("disk_health", id, { case: "diskHealth", value });
}

function told(...subjects: SubjectInit[]): ReturnType<typeof after> {
  return after(node, "smart", { subjects, lists: [list("disk_health", true)] });
}

function healthOf(of: ReturnType<typeof after>, nowMs: number = startMs + 1_000): string | undefined {
  return knownOf(of, { nowMs }).facts.disks[0]?.health;
}

describe("the health of a disk", () => {
  const attribute = { id: 5, name: "Reallocated_Sector_Ct", whenFailed: "now", isPrefailure: true };

  it.each<readonly [what: string, value: HealthInit, health: string | undefined]>([
    ["NVMe that warns of nothing", { nvme: { criticalWarning: 0 } }, "ok"],
    ["NVMe that is too hot", { status: HealthStatus.FAILED, nvme: { criticalWarning: 0b10 } }, "ok"],
    ["NVMe whose spare is used up", { nvme: { criticalWarning: 0b1 } }, "failing"],
    ["NVMe that is hot, and read-only", { nvme: { criticalWarning: 0b1010 } }, "failing"],
    ["NVMe whose memory loses its backup", { nvme: { criticalWarning: 0b1_0000 } }, "failing"],
    ["NVMe that warns of what has no meaning yet", { nvme: { criticalWarning: 0b1000_0000 } }, "ok"],
    ["NVMe that did not give its warning", { nvme: { percentageUsed: 3 } }, undefined],
    ["SATA whose verdict is good", { status: HealthStatus.PASSED }, "ok"],
    ["SATA whose verdict is bad", { status: HealthStatus.FAILED }, "failing"],
    ["SATA that expects to fail within a day", { status: HealthStatus.PASSED, ataAttributes: [attribute] }, "failing"],
    [
      "SATA that did so in the past, or is old",
      {
        ataAttributes: [
          { ...attribute, whenFailed: "past" },
          { ...attribute, isPrefailure: false },
        ],
      },
      "ok",
    ],
    ["one that slept since its agent was started", { device: "/dev/sda", protocol: "ATA" }, undefined],
  ])("is that of %s", (_, value, expected) => {
    expect(healthOf(told(health("eui.1", value)))).toBe(expected);
  });

  it("is empty where the disk has none to tell, or no disk of the machine has", () => {
    expect(healthOf(told(absent("disk_health", "eui.1")))).toBe("");
    expect(healthOf(without(node, "smart", Outcome.ABSENT))).toBe("");
  });

  it("is not known where it could not be read, was not spoken of, or is long ago", () => {
    const good = health("eui.1", { nvme: { criticalWarning: 0 } });

    expect(healthOf(told(failed("disk_health", "eui.1")))).toBeUndefined();
    expect(healthOf(told(health("eui.2", { nvme: { criticalWarning: 0 } })))).toBeUndefined();
    expect(healthOf(node)).toBeUndefined();
    expect(healthOf(without(told(good), "smart", Outcome.FAILED))).toBeUndefined();
    expect(knownOf(told(good), { startedAtMs: startMs + 500 }).groups.disks.kind).toBe("unknown");
  });

  it("is that of a disk of which nothing else can be read now, and of the system disk", () => {
    const bad = told(health("eui.1", { nvme: { criticalWarning: 4 } }));
    const broken = after(bad, "disks", { subjects: [failed("block_device", "eui.1")], lists: diskLists });

    expect(knownOf(broken).facts.disks).toMatchObject([{ id: "eui.1", health: "failing" }]);
  });
});

describe("whether a disk of the machine fails", () => {
  const read = readExpression('disks.exists(d, d.health == "failing") ? true : null', {
    purpose: "label",
    place: "",
    domain: "a.example",
  });
  const evaluate = (...subjects: SubjectInit[]): unknown => {
    if (read.kind === "bad") throw new Error("the expression is wrong");
    const decided = read.expression.evaluate(knownOf(told(...subjects)));
    return decided.kind === "value" ? decided.value : decided.reason;
  };
  const [good, bad] = [0, 1].map((criticalWarning) => (id: string) => health(id, { nvme: { criticalWarning } }));

  it("is known as soon as one does, whatever cannot be read of the others", () => {
    expect(evaluate(failed("disk_health", "eui.1"), bad?.("eui.2") ?? nvme)).toBe(true);
    expect(evaluate(bad?.("eui.1") ?? nvme, failed("disk_health", "eui.2"))).toBe(true);
  });

  it("is not known while one that could not be read may be it", () => {
    expect(evaluate(good?.("eui.1") ?? nvme, failed("disk_health", "eui.2"))).toBe("disks eui.2.health is not known");
  });

  it("is denied only by all of them", () => {
    expect(evaluate(good?.("eui.1") ?? nvme, absent("disk_health", "eui.2"))).toBeNull();
  });
});
