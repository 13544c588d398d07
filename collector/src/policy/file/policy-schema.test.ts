/** The form that editors complete by, and the reader: what the one refuses for its form, the other refuses too. */
import { readFileSync } from "node:fs";
import { Value } from "typebox/value";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { builtInPolicy, builtInPolicyText } from "../built-in.ts";
import { readPolicy } from "../read-policy.ts";
import { PolicyFile } from "./policy-file.ts";

const file = new URL("../../../../docs/policy.schema.json", import.meta.url);

function isRead(text: string): boolean {
  return readPolicy(text, { source: "policy.yaml", builtIn: builtInPolicy }).kind === "good";
}

describe("docs/policy.schema.json", () => {
  it("is the form of the reader; print it anew where it is not", () => {
    const form: unknown = JSON.parse(JSON.stringify(PolicyFile));

    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(form);
  });
});

describe("the form of a policy file", () => {
  it.each([
    ["the built-in policy", builtInPolicyText, true],
    ["the least", "version: 1", true],
    ["scalars as expressions", "version: 1\nlabels: { a: true, b: 8, c: null, d: name }", true],
    ["one that extends", "version: 1\nextends: built-in", true],
    ["no version", "domain: a.example", false],
    ["an unknown key", "version: 1\nlabel: {}", false],
    ["a section that was left empty", "version: 1\nlabels:\n", false],
    ["an unknown mode", "version: 1\nmodes: { move: maybe }", false],
    ["a time without a unit", "version: 1\ndwell: { change: '60' }", false],
    ["a label's key with a domain", "version: 1\nlabels: { a/b: name }", false],
    ["a label that is a list", "version: 1\nlabels: { a: [name] }", false],
    ["a taint that evicts", "version: 1\ntaints: [{ key: a, effect: NoExecute, when: 'true' }]", false],
    ["a taint without a condition", "version: 1\ntaints: [{ key: a, effect: NoSchedule }]", false],
    ["an unknown condition", "version: 1\nconditions: [Ready]", false],
    ["a condition twice", "version: 1\nconditions: [GPUHealthy, GPUHealthy]", false],
    ["a list for a map", "version: 1\nadvice: []", false],
    [
      "tags and folders",
      "version: 1\nstorage: { diskTags: { a.example/b: disk.is_fast }, nodeTags: {}, defaultDisks: [/mnt/a] }",
      true,
    ],
    ["a tag that Longhorn refuses", "version: 1\nstorage: { nodeTags: { 'a b': 'true' } }", false],
    ["a tag with an empty domain", "version: 1\nstorage: { nodeTags: { /b: 'true' } }", false],
    ["a folder that is not told from the root on", "version: 1\nstorage: { defaultDisks: [mnt] }", false],
    ["the root as a disk", "version: 1\nstorage: { defaultDisks: [/] }", false],
    ["a folder twice", "version: 1\nstorage: { defaultDisks: [/a, /a] }", false],
    ["steps and machines", "version: 1\nonboarding: { skip: [routed], longhorn: true }", true],
    ["a step that every machine needs", "version: 1\nonboarding: { skip: [identity] }", false],
    ["backups", "version: 1\nbackups: { cronJobs: [a/b], deployments: [a/b.c], maximumAge: 2d }", true],
    ["a backup without its namespace", "version: 1\nbackups: { cronJobs: [nightly] }", false],
    ["extending another", "version: 1\nextends: mine", false],
  ])("and its reader agree on %s", (_, text, isGood) => {
    expect(Value.Check(PolicyFile, parse(text))).toBe(isGood);
    expect(isRead(text)).toBe(isGood);
  });
});
