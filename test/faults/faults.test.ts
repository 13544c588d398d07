/** Every fault of the corpus, from what a probe reads to finding, label and condition, and its end. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rules } from "../../collector/src/rules/index.ts";
import { faults } from "./corpus/index.ts";
import type { Fault } from "./fault.ts";
import { type Rehearsal, rehearse } from "./rehearse.ts";

const timeLimitMs = 30_000;

describe("feature 95: faults that are played: the corpus", () => {
  it("has every file of its folder, each fault under a name that begins with its file's", () => {
    const files = readdirSync(join(import.meta.dirname, "corpus")).filter((file) => file !== "index.ts");
    const stems = files.map((file) => file.replace(/\.ts$/, ""));

    for (const { name } of faults) expect(stems.filter((stem) => name === stem || name.startsWith(`${stem}-`))).not.toEqual([]);
    for (const stem of stems) expect(faults.filter(({ name }) => name === stem || name.startsWith(`${stem}-`))).not.toEqual([]);
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
  });

  it("speaks of rules that there are", () => {
    const codes = new Set(rules.map(({ code }) => code));

    for (const { comes } of faults) for (const { rule } of comes) expect(codes).toContain(rule);
  });
});

describe.each(faults)("$name: $title", (fault) => {
  it("is found, labelled, told and over as it must be", { timeout: timeLimitMs }, async () => {
    const played = await rehearse(fault);

    expect(told(played)).toEqual(
      fault.comes.map(({ rule, subject, severity, because }) => [rule, subject, severity, because ?? ""].join(" ")).toSorted(),
    );
    for (const { rule, text, withinMs } of fault.comes) {
      const found = played.came.find((finding) => finding.rule === rule && text.test(finding.text));
      expect(found?.text, `what ${rule} says`).toMatch(text);
      expect(played.delaysMs.get(found?.id ?? ""), `how long ${rule} takes`).toBeLessThanOrEqual(withinMs);
      expect(found?.action).not.toBe("");
    }
    expect(differences(played.before.labels, played.after.labels)).toEqual(fault.labels ?? {});
    expect(differences(played.before.conditions, played.after.conditions)).toEqual(fault.conditions ?? {});
    expect(played.told.toSorted()).toEqual(tellingsOf(fault).toSorted());
    expect(played.left.map(({ rule, state }) => `${rule} ${state}`)).toEqual([]);
    expect(played.late.map(({ rule }) => rule)).toEqual([]);
  });
});

/** Each finding with the rule of which it is a consequence. */
function told({ came }: Rehearsal): readonly string[] {
  const ruleOf = (id: string | undefined): string =>
    came.find((finding) => finding.id === id)?.rule ?? (id === undefined ? "" : "another");
  return came
    .map(({ rule, subject, severity, suppressedBy }) => [rule, subject.kind, severity, ruleOf(suppressedBy)].join(" "))
    .toSorted();
}

/** By default what is critical is told, and its end; advice once; nothing else, and no consequence. */
function tellingsOf({ comes }: Fault): readonly string[] {
  return comes.flatMap(({ rule, severity, because }) => {
    if (because !== undefined || severity === "medium") return [];
    return severity === "high" ? [`firing ${rule}`, `resolved ${rule}`] : [`advice ${rule}`];
  });
}

function differences(
  before: Readonly<Record<string, string | null>>,
  after: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string | null>> {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value));
}
