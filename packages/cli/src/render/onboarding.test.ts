import type { Onboarding, OnboardingStep } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../terminal.ts";
import { renderOnboarding, renderOnboardings } from "./onboarding.ts";

const terminal = createTerminal({ isTerminal: true, columns: 80, env: { NO_COLOR: "1" } });
const nowMs = Date.parse("2026-11-23T09:00:00.000Z");
const view = { isAll: false, nowMs };

function agoText(ms: number): string {
  return new Date(nowMs - ms).toISOString();
}

function step(name: OnboardingStep["name"], more: Partial<OnboardingStep> = {}): OnboardingStep {
  return {
    name,
    state: "passed",
    text: "it is so",
    evidence: [],
    blockers: [],
    since: agoText(60_000),
    durationMs: 1_240,
    ...more,
  };
}

const iscsid = {
  ...{ code: "no-iscsid", text: "Longhorn lacks something on this node: neither iscsid.service nor iscsid.socket runs" },
  ...{ command: "systemctl enable --now iscsid", on: "the node" },
};
const multipathd = {
  ...{ code: "multipathd", text: "Longhorn lacks something on this node: multipathd runs" },
  command: String.raw`printf 'blacklist {\n    devnode "^sd[a-z0-9]+"\n}\n' >> /etc/multipath.conf && systemctl restart multipathd`,
  on: "the node",
};

function blocked(...blockers: OnboardingStep["blockers"]): Onboarding {
  const preflight: OnboardingStep = {
    ...{ name: "preflight", state: "blocked", text: blockers[0]?.text ?? "", evidence: [], blockers, since: agoText(125_000) },
  };
  const evidence = ["system Debian 13", "kernel 6.12", "disks 3", "GPUs none", "board X"].map((text) => {
    const [name = "", value = ""] = text.split(" ");
    return { name, value };
  });
  const labelled: OnboardingStep = {
    ...{ name: "labelled", state: "waiting", text: "comes after preflight", evidence: [], blockers: [], since: agoText(130_000) },
  };
  return {
    ...{ node: "panther", machineId: "abc", state: "blocked", startedAt: agoText(130_000) },
    steps: [step("seen", { durationMs: 0 }), step("inventory", { evidence }), preflight, labelled],
  };
}

const ready: Onboarding = {
  ...{ node: "neko", machineId: "def", state: "ready", startedAt: agoText(3_642_000), readyAt: agoText(3_600_000) },
  steps: [step("ready")],
};

describe("the onboarding of a machine", () => {
  it("stands step by step with times and evidence, and what mends it alone on a line", () => {
    expect(renderOnboarding(terminal, blocked(iscsid), view).split("\n")).toEqual([
      "panther  blocked at preflight, for 2 min 5 s",
      "machine-id abc",
      "",
      "  ✓ seen            0.0 s  it is so",
      "  ✓ inventory       1.2 s  it is so",
      "                           system Debian",
      "                           kernel 6.12",
      "                           disks 3",
      "                           GPUs none",
      "                           … 1 more; --all",
      "  ✗ preflight              Longhorn lacks something on this node: neither",
      "                           iscsid.service nor iscsid.socket runs",
      "  … labelled               comes after preflight",
      "",
      "Longhorn lacks something on this node: neither iscsid.service nor iscsid.socket",
      "runs (no-iscsid)",
      "on the node:",
      "",
      "    systemctl enable --now iscsid",
    ]);
  });

  it("names everything that is in the way, and never breaks a command", () => {
    const lines = renderOnboarding(terminal, blocked(iscsid, multipathd), view).split("\n");

    expect(lines).toContain("  ✗ preflight              2 things are in the way");
    expect(lines).toContain(`    ${multipathd.command}`);
    const others = lines.filter((line) => !line.startsWith("    printf"));
    expect(Math.max(...others.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("tells of who bore the name before", () => {
    const past = [{ ...ready, endedAt: agoText(600_000) }];

    expect(renderOnboarding(terminal, { ...ready, past }, view).split("\n")).toEqual([
      "neko  ready in 42 s",
      "machine-id def",
      "",
      "  ✓ ready           1.2 s  it is so",
      "",
      "before: the machine def was ready in 42 s, and was gone 10 min ago",
    ]);
  });
});

describe("the onboarding of all machines", () => {
  it("is a line each, and below what mends those that are blocked", () => {
    expect(renderOnboardings(terminal, [ready, blocked(iscsid)], view).split("\n")).toEqual([
      "MACHINE  STATE    STEP       SINCE          WHAT",
      "neko     ready               1 h ago        was ready in 42 s",
      "panther  blocked  preflight  2 min 5 s ago  Longhorn lacks something on this no…",
      "",
      "panther: Longhorn lacks something on this node: neither iscsid.service nor",
      "iscsid.socket runs (no-iscsid)",
      "on the node:",
      "",
      "    systemctl enable --now iscsid",
    ]);
  });
});
