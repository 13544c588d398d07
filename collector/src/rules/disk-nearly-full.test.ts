import { Outcome } from "@nodekeeper/proto";
import type { Severity } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { viewNode } from "../state/node-view.ts";
import { observation } from "../test-support/observations.ts";
import { aFinding } from "../test-support/rules.ts";
import { connectedNode, observed, startMs } from "../test-support/states.ts";
import { diskNearlyFull } from "./disk-nearly-full.ts";

interface Usage {
  readonly usedPercent?: number;
  readonly inodesPercent?: number;
  readonly facts?: {
    readonly mountPoint?: string;
    readonly isReadOnly?: boolean;
    readonly isRemote?: boolean;
    readonly inodesTotal?: bigint;
  };
  readonly ageMs?: number;
  readonly outcome?: Outcome;
  readonly firing?: { readonly severity: Severity; readonly about: string };
}

const names = ["used_bytes", "available_bytes", "inodes_used", "inodes_free"];

function judge(usage: Usage) {
  const { usedPercent = Number.NaN, inodesPercent = Number.NaN, ageMs = 0, outcome = Outcome.OK, firing } = usage;
  const value = { mountPoint: "/var", type: "ext4", isReadOnly: false, sizeBytes: 1_000_000n, ...usage.facts };
  const facts = {
    subjects: [{ kind: "filesystem", id: "/var", outcome: Outcome.OK, value: { case: "filesystem", value } } as const],
    sampleKeys: names.map((name) => ({ kind: "filesystem", id: "/var", name })),
  };
  const sampleValues = [usedPercent * 1_000, (100 - usedPercent) * 1_000, inodesPercent * 10, (100 - inodesPercent) * 10].map(
    Math.round,
  );
  let node = observed(connectedNode(), observation(facts, { sampleValues }));
  if (outcome !== Outcome.OK) {
    const failed = { subjects: [{ kind: "filesystem", id: "/var", outcome }] };
    node = observed(node, observation(failed, { sequence: 2 }), startMs + 1);
  }
  const current =
    firing === undefined ? undefined : aFinding({ severity: firing.severity, evidence: [{ name: firing.about, value: 99 }] });
  const [verdict] = diskNearlyFull.evaluate(viewNode(node, startMs + ageMs), () => current);
  return verdict;
}

function outcomeOf(usage: Usage): string | undefined {
  const verdict = judge(usage);
  return verdict?.kind === "raise" ? verdict.severity : verdict?.kind;
}

const space = (severity: Severity) => ({ severity, about: "used_percent" });

describe("disk-nearly-full", () => {
  it.each<{ name: string; usage: Usage; expected: string }>([
    { name: "is content below 85 %", usage: { usedPercent: 84.9 }, expected: "clear" },
    { name: "is worried from 85 %", usage: { usedPercent: 85 }, expected: "medium" },
    { name: "is alarmed from 95 %", usage: { usedPercent: 95 }, expected: "high" },
    { name: "stays worried down to 80 %", usage: { usedPercent: 80, firing: space("medium") }, expected: "medium" },
    { name: "is content again below 80 %", usage: { usedPercent: 79.9, firing: space("medium") }, expected: "clear" },
    { name: "stays alarmed down to 90 %", usage: { usedPercent: 90, firing: space("high") }, expected: "high" },
    { name: "is only worried again below 90 %", usage: { usedPercent: 89.9, firing: space("high") }, expected: "medium" },
    {
      name: "is not alarmed at 92 % because it is worried",
      usage: { usedPercent: 92, firing: space("medium") },
      expected: "medium",
    },
    { name: "counts inodes alike", usage: { usedPercent: 10, inodesPercent: 96 }, expected: "high" },
    {
      name: "does not mistake space for inodes",
      usage: { usedPercent: 82, inodesPercent: 20, firing: { severity: "medium", about: "inodes_used_percent" } },
      expected: "clear",
    },
    {
      name: "leaves out inodes of filesystems that state none",
      usage: { usedPercent: 10, inodesPercent: 99, facts: { inodesTotal: 0n } },
      expected: "clear",
    },
    { name: "leaves a read-only filesystem alone", usage: { usedPercent: 100, facts: { isReadOnly: true } }, expected: "clear" },
    { name: "leaves a share alone", usage: { usedPercent: 100, facts: { isRemote: true } }, expected: "clear" },
    { name: "concludes nothing from an unknown usage", usage: {}, expected: "hold" },
    { name: "concludes nothing from an old reading", usage: { usedPercent: 99, ageMs: 3_600_000 }, expected: "hold" },
    { name: "concludes nothing while it cannot be read", usage: { usedPercent: 99, outcome: Outcome.FAILED }, expected: "hold" },
    { name: "is content with what is gone", usage: { usedPercent: 99, outcome: Outcome.ABSENT }, expected: "clear" },
  ])("$name", ({ usage, expected }) => {
    expect(outcomeOf(usage)).toBe(expected);
  });

  it("says what is short, how much is left and how to find what takes it", () => {
    expect(judge({ usedPercent: 96.46, inodesPercent: 88 })).toMatchObject({
      kind: "raise",
      subject: { kind: "filesystem", id: "/var" },
      text: "/var is 96 % full; /var has used 88 % of its inodes",
      action: "Remove what is not needed there or make it larger; du -xhd1 /var shows what takes the space.",
      evidence: [
        { name: "used_percent", value: 96.5, observedAt: "2026-11-22T12:00:00.000Z" },
        { name: "used_bytes", value: 96_460 },
        { name: "available_bytes", value: 3_540 },
        { name: "size_bytes", value: 1_000_000 },
        { name: "inodes_used_percent", value: 88 },
        { name: "inodes_used", value: 880 },
        { name: "inodes_free", value: 120 },
      ],
    });
  });

  it("puts no name into a command that a shell would read", () => {
    const verdict = judge({ usedPercent: 99, facts: { mountPoint: "/mnt/$(reboot)" } });

    expect(verdict?.kind === "raise" && verdict.action).toBe(
      "Remove what is not needed there or make it larger; du -xhd1 shows what takes the space.",
    );
  });
});
