import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatDuration } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { Rule, RuleTerms } from "../evaluate/rule.ts";
import { clusterRules } from "./cluster/index.ts";
import { rules } from "./index.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/rules.md"), "utf8");
/** Each rule's section, by its code, in their order. */
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf("\n")), text]),
);
const all: readonly (RuleTerms & { readonly folder: string; readonly dependsOn?: readonly string[] })[] = [
  ...rules.map((rule: Rule) => ({ ...rule, folder: "." })),
  ...clusterRules.map((rule) => ({ ...rule, folder: "cluster" })),
];

/** What a rule's first line says, by the code. */
function terms({ title, severity, holdMs, clearMs, dependsOn = [] }: (typeof all)[number]): string {
  const after = (ms: number) => (ms === 0 ? "at once" : `after ${formatDuration(ms)}`);
  const causes = dependsOn.length === 0 ? "" : `; consequence of ${dependsOn.map((code) => `\`${code}\``).join(", ")}`;
  return `${title}. Severity ${severity}; fires ${after(holdMs)}, ends ${after(clearMs)}${causes}.`;
}

describe("docs/rules.md", () => {
  it("has every rule, in the order of the lists, and no others", () => {
    expect([...sections.keys()]).toEqual(all.map(({ code }) => code));
  });

  it.each(all)("says of $code what the code says, and what else people ask", (rule) => {
    const section = sections.get(rule.code) ?? "";
    const source = readFileSync(join(import.meta.dirname, rule.folder, `${rule.code}.ts`), "utf8");

    expect(section).toContain(`\n${terms(rule)}\n`);
    for (const what of ["Said", "Ends", "By", "To do"]) expect(section).toMatch(new RegExp(`^- ${what}: \\S.*\\.$`, "m"));
    expect(/^- Measure: /m.test(section)).toBe(/\bmeasure\b/.test(source));
  });
});
