/**
 * Every field of the kept hosts against a second reading of the same files by other hands: extract/ is written in Python after the wire's comments
 * and the documentation of kernel and programs, and shares nothing with the agent. Sentences for people are left out.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openHost } from "../../agent/src/doctor.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { type HostReport, reportOf } from "../support/report.ts";

interface Extraction {
  readonly subjects: Readonly<Record<string, { readonly outcome: string; readonly value?: Fields; readonly code?: string }>>;
  readonly samples: Readonly<Record<string, number | null>>;
}

type Fields = Readonly<Record<string, unknown>>;

const program = join(import.meta.dirname, "extract/extract.py");
const folder = join(import.meta.dirname, "../fixtures/hosts");
const python = ["/usr/bin/python3", "/usr/local/bin/python3"].find((path) => existsSync(path));

/** What no other hand would word the same, by kind. */
const sentences: Readonly<Record<string, readonly string[]>> = {
  kernel_fault: ["meaning", "action"],
  longhorn_check: ["message", "remedy"],
  longhorn_path: ["message", "remedy"],
};
const sentencesOfSleep = ["impossibleBecause", "wakeCost"];
const hosts = [
  { name: "bobcat", what: "a Raspberry Pi 5" },
  { name: "neko", what: "a mini PC" },
  { name: "siberian", what: "a GPU workstation" },
];

describe.skipIf(python === undefined)(
  `kept hosts, read by other hands${python === undefined ? " (there is no python3)" : ""}`,
  () => {
    it.each(hosts)("$name, $what, is right in every field", async ({ name }) => {
      const extracted: Extraction = JSON.parse(execFileSync(python ?? "", [program, join(folder, name)], { encoding: "utf8" }));

      const reported = flat(await reportOf(await openHost(join(folder, name), systemClock)));

      expect(Object.keys(extracted.subjects).length).toBeGreaterThan(30);
      expect(reported.subjects).toEqual(extracted.subjects);
      for (const key of new Set([...Object.keys(extracted.samples), ...Object.keys(reported.samples)])) {
        const [ours, theirs] = [reported.samples[key] ?? null, extracted.samples[key] ?? null]; // left out is unknown, too
        if (ours === null || theirs === null) expect(ours, key).toBe(theirs);
        else expect(ours, key).toBeCloseTo(theirs, 6);
      }
    });
  },
);

/** A report in the extraction's form: without sentences, and what is empty left out. */
function flat(report: HostReport): Extraction {
  const subjects: Record<string, Extraction["subjects"][string]> = {};
  for (const subject of Object.values(report).flatMap((probe) => (probe.subjects ?? []) as readonly Fields[])) {
    const { kind, id, outcome, failure, readAtUnixMs, ...value } = subject;
    const [fields] = Object.values(value) as readonly Fields[]; // the one field of the oneof
    const code = (failure as Fields | undefined)?.["code"] as string | undefined; // Failure's own field
    subjects[`${kind} ${id ?? ""}`.trim()] = {
      outcome: String(outcome),
      ...(fields !== undefined && { value: facts(String(kind), fields) }),
      ...(code !== undefined && { code }),
    };
  }
  return { subjects, samples: Object.assign({}, ...Object.values(report).map((probe) => probe.samples ?? {})) };
}

function facts(kind: string, fields: Fields): Fields {
  const kept = Object.entries(fields).filter(([field]) => sentences[kind]?.includes(field) !== true);
  return Object.fromEntries(kept.map(([field, value]) => [field, field === "sleep" ? withoutSentences(value as Fields) : value]));
}

function withoutSentences(sleep: Fields): Fields {
  return Object.fromEntries(Object.entries(sleep).filter(([field]) => !sentencesOfSleep.includes(field)));
}
