/** What is written about policies, against what they are: every fact, every expression, every example. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NodeFactsSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { builtInPolicy } from "../../collector/src/policy/built-in.ts";
import { readExpression } from "../../collector/src/policy/read-expression.ts";
import { readPolicy } from "../../collector/src/policy/read-policy.ts";
import { repositoryRoot } from "../architecture/sources.ts";

type Field = (typeof NodeFactsSchema.fields)[number];

const text = readFileSync(join(repositoryRoot, "docs/policy.md"), "utf8");

/** Rows of the table whose head begins so: their cells, code without its ticks. */
function tableOf(head: string): readonly (readonly string[])[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.replaceAll(/\s+/g, " ").startsWith(head));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\|)\|(?!\|)/)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

const scalars: Readonly<Record<number, string>> = { 8: "true/false", 9: "text", 13: "number" };

/** Paths of all facts and what each is; system_disk and disk have what one of disks has. */
function pathsOf(field: Field, path: string): readonly (readonly [path: string, is: string])[] {
  switch (field.fieldKind) {
    case "scalar":
      return [[path, scalars[field.scalar] ?? ""]];
    case "map":
      return [[path, "map of texts"]];
    case "list":
      if (field.listKind !== "message") return [[path, "list of texts"]];
      return [[path, "list"], ...field.message.fields.flatMap((inner) => pathsOf(inner, `${path}[].${inner.name}`))];
    case "message":
      if (path === "system_disk" || path === "disk") return [[path, "group"]];
      return [[path, "group"], ...field.message.fields.flatMap((inner) => pathsOf(inner, `${path}.${inner.name}`))];
    default:
      return [];
  }
}

describe("docs/policy.md", () => {
  it("has every fact, and what it is", () => {
    const facts = NodeFactsSchema.fields.flatMap((field) => pathsOf(field, field.name));

    expect(facts.length).toBeGreaterThan(50);
    expect(tableOf("| fact |").map(([path, is]) => [path, is])).toEqual(facts);
    expect(tableOf("| fact |").filter(([, , meaning = ""]) => meaning.length < 3)).toEqual([]);
  });

  it("shows expressions that are good", () => {
    const rows = tableOf("| to say |");
    const wrong = rows.map(([, expression = ""]) =>
      readExpression(expression, { purpose: "label", place: "", domain: "a.example" }),
    );

    expect(rows.length).toBeGreaterThan(5);
    expect(wrong.filter(({ kind }) => kind === "bad")).toEqual([]);
  });

  it("shows policies that are good", () => {
    const policies = [...text.matchAll(/```yaml\n([^`]*)```/g)].map((match) => match[1] ?? "");
    const read = policies.map((policy) => readPolicy(policy, { source: "docs/policy.md", builtIn: builtInPolicy }));

    expect(policies.length).toBe(5);
    expect(read.flatMap((each) => (each.kind === "bad" ? each.problems : []))).toEqual([]);
  });
});

describe("the example of the deployment", () => {
  it("is good, and does not replace what is built in", () => {
    const file = join(repositoryRoot, "deploy/collector/policy/policy.example.yaml");
    const read = readPolicy(readFileSync(file, "utf8"), { source: file, builtIn: builtInPolicy });

    expect(read).toMatchObject({ kind: "good" });
    expect(read.kind === "good" && read.policy.labels.map(({ key }) => key)).toEqual([
      "storage-class",
      "gpu.product",
      "gpu.memory-gib",
      "board",
      "ollama-role",
      "disk-failing",
      "rack",
      "backup-gateway",
      "longhorn-fast",
    ]);
  });
});
