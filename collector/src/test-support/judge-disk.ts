/** Asks a rule about one disk, whose health is as a test says. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type DiskHealthSchema, Outcome } from "@nodekeeper/proto";
import type { Finding } from "@nodekeeper/shared/api";
import type { Rule, Verdict } from "../evaluate/rule.ts";
import { viewNode } from "../state/node-view.ts";
import { list, observation } from "./observations.ts";
import { aFinding } from "./rules.ts";
import { connectedNode, observed, startMs } from "./states.ts";

/** The subject of the verdicts. */
export const diskRef = { kind: "disk_health", id: "eui.1" } as const;

/** Health as a test says it. */
export type HealthInit = MessageInitShape<typeof DiskHealthSchema>;

/** Circumstances. */
export interface JudgeOptions {
  /** How long ago the disk was read. */
  readonly ageMs?: number;
  /** What came after that reading. */
  readonly after?: "failed" | "absent";
  /** The rule's own firing finding. */
  readonly firing?: Partial<Finding>;
}

/** What the rule says of an SSD called "A disk (/dev/sda)". */
export function judgeDisk(rule: Rule, health: HealthInit, options: JudgeOptions = {}): Verdict | undefined {
  const { ageMs = 0, after, firing } = options;
  const value = { device: "/dev/sda", modelName: "A disk", ...health };
  const subject = { ...diskRef, outcome: Outcome.OK, value: { case: "diskHealth", value } } as const;
  let node = observed(connectedNode(), observation({ subjects: [subject] }));
  if (after === "failed") {
    const failed = { ...diskRef, outcome: Outcome.FAILED, failure: { code: "HOST_COMMAND_TIMEOUT", message: "late" } };
    node = observed(node, observation({ subjects: [failed] }, { sequence: 2 }), startMs + 1);
  }
  if (after === "absent") {
    node = observed(node, observation({ lists: [list("disk_health", true)] }, { sequence: 2 }), startMs + 1);
  }
  const current = firing === undefined ? undefined : aFinding(firing);
  return rule.evaluate(viewNode(node, startMs + ageMs), () => current)[0];
}

/** Severity of what it raises, else "clear" or "hold". */
export function outcomeOf(rule: Rule, health: HealthInit, options: JudgeOptions = {}): string | undefined {
  const verdict = judgeDisk(rule, health, options);
  return verdict?.kind === "raise" ? (verdict.severity ?? rule.severity) : verdict?.kind;
}
