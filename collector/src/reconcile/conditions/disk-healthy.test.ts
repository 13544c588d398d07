import { Outcome } from "@nodekeeper/proto";
import type { Finding } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { machineThatSaid, type Said } from "../../test-support/judge-machine.ts";
import { aFinding } from "../../test-support/rules.ts";
import { startMs } from "../../test-support/states.ts";
import { healthOf, toldAbsent, toldDisks, toldFailure, toldHealth } from "../test-support/told-machine.ts";
import { findingsOf, worldOf } from "../test-support/world-of.ts";
import type { Judgement } from "./condition.ts";
import { diskHealthy } from "./disk-healthy.ts";

const minuteMs = 60_000;
const disks = toldDisks("nvme.1");

/** What it says of a machine that said so, by the real rules. */
function judge(said: readonly Said[], ...afterMs: readonly number[]): Judgement {
  const node = machineThatSaid(...said);
  return diskHealthy.judge(worldOf({ node, findings: findingsOf(node, ...afterMs), afterMs: afterMs.at(-1) ?? 0 }), "neko");
}

function judgeFindings(...findings: readonly Partial<Finding>[]): Judgement {
  const made = findings.map((finding) => aFinding(finding));
  return diskHealthy.judge(worldOf({ node: machineThatSaid(disks, toldHealth()), findings: made }), "neko");
}

describe("DiskHealthy", () => {
  it("is True of disks that are well", () => {
    expect(judge([disks, toldHealth()])).toMatchObject({
      ...{ kind: "status", status: "True", reason: "NoFaultKnown", message: "no fault of its disks is known" },
      facts: [
        { path: "probes.disks", value: "ok", probe: "disks", freshness: "fresh" },
        { path: "probes.smart", value: "ok", probe: "smart", freshness: "fresh" },
      ],
    });
  });

  it("is True of a machine whose disks cannot tell of their health, and says so", () => {
    expect(judge([disks, toldAbsent("smart")])).toMatchObject({
      ...{ status: "True", message: "no fault of its disks is known; none of them tells of its own health" },
    });
  });

  it("is False at once of a disk that declares a fault, and names disk and rule", () => {
    expect(judge([disks, toldHealth(4)])).toMatchObject({
      ...{ status: "False", reason: "NvmeCriticalWarning", rule: "nvme-critical-warning" },
      message: "A disk (/dev/nvme.1): its reliability is degraded by media or internal errors",
    });
  });

  it("names every disk that is not well, the loudest first and always in the same order", () => {
    const things = [healthOf("c", 1 << 4), healthOf("b", 4), healthOf("a", 4)];
    const there = judge([disks, { probe: "smart", things, whole: ["disk_health"] }]);
    const back = judge([disks, { probe: "smart", things: things.toReversed(), whole: ["disk_health"] }]);

    expect(there).toMatchObject({
      message: expect.stringMatching(/^A disk \(\/dev\/a\): .*; A disk \(\/dev\/b\): .*; A disk \(\/dev\/c\): the backup/),
    });
    expect(back).toMatchObject({ message: (there as { readonly message: string }).message });
  });

  it("has no number that moves in what it says", () => {
    const grown = (count: number): Judgement =>
      judgeFindings({ rule: "disk-errors-growing", text: `A disk (/dev/nvme0): ${count} more media errors` });

    expect(grown(3)).toMatchObject({ message: "A disk (/dev/nvme0): its errors grow" });
    expect(grown(4)).toMatchObject({ message: "A disk (/dev/nvme0): its errors grow" });
  });

  it.each([
    { name: "is suppressed", finding: { suppressedBy: "another" } },
    { name: "is not loud enough", finding: { severity: "low" } },
    { name: "is of another rule", finding: { rule: "disk-nearly-full" } },
  ] as const)("is True beside a finding that $name", ({ finding }) => {
    expect(judgeFindings({ rule: "disk-declares-failure", ...finding })).toMatchObject({ status: "True" });
  });

  it.each([
    { name: "did not last yet", finding: { state: "pending" }, reason: "it did not last long enough to be sure: it is broken" },
    { name: "stands, unread", finding: { isHeld: true }, reason: "it stands, but cannot be read now: it is broken" },
  ] as const)("is neither while a finding $name", ({ finding, reason }) => {
    expect(judgeFindings({ rule: "disk-declares-failure", ...finding })).toMatchObject({ kind: "hold", reason });
  });

  it("is held while a disk cannot be read, and Unknown when that lasts", () => {
    const unread = { kind: "disk_health", id: "nvme.1", failure: "HOST_COMMAND_TIMEOUT" };
    const said = [disks, { probe: "smart", things: [unread], whole: ["disk_health"] }];

    expect(judge(said, 0)).toMatchObject({ kind: "hold" });
    expect(judge([...said, ...repeated(said, 5 * minuteMs)], 0, 5 * minuteMs)).toMatchObject({
      ...{ status: "Unknown", reason: "ProbeFailing" },
      message: "the probe smart cannot read disk health nvme.1 (HOST_COMMAND_TIMEOUT)",
    });
  });

  it("is Unknown when the whole probe fails for long, or its list is not whole", () => {
    const failing = [disks, toldFailure("smart", "HOST_COMMAND_MISSING")];
    const partial = [disks, { probe: "smart", things: [healthOf("nvme.1", 0)] }];

    expect(judge([...failing, ...repeated(failing, 5 * minuteMs)], 0, 5 * minuteMs)).toMatchObject({
      ...{ status: "Unknown", message: "the probe smart fails (HOST_COMMAND_MISSING)" },
    });
    expect(judge(partial, 0)).toMatchObject({ kind: "hold", reason: "the probe smart does not know every disk health" });
  });

  it("leaves a disk that failed and cannot be read at all any more as bad as it was", () => {
    const lost = [disks, toldFailure("smart", "HOST_COMMAND_TIMEOUT")];
    const said = [disks, toldHealth(4), ...repeated(lost, 6 * minuteMs)];

    expect(judge(said, 0, minuteMs, 6 * minuteMs)).toMatchObject({
      ...{ kind: "hold", reason: expect.stringMatching(/^it stands, but cannot be read now: A disk/) },
    });
  });

  it("is held of a machine that says it has no disks", () => {
    expect(judge([{ probe: "disks", outcome: Outcome.ABSENT }, toldAbsent("smart")])).toMatchObject({ kind: "hold" });
  });
});

/** The same, said again later. */
function repeated(said: readonly Said[], atMs: number): readonly Said[] {
  return said.map((each) => ({ ...each, atMs: startMs + atMs }));
}
