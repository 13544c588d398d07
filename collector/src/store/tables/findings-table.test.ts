import type { Finding } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OpenDatabase, openDatabase } from "../database/open-database.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../test-support/temporary-directory.ts";
import { createFindingsTable, type FindingsTable } from "./findings-table.ts";

let directory: TemporaryDirectory;
let open: OpenDatabase;
let findings: FindingsTable;

beforeEach(() => {
  directory = temporaryDirectory();
  open = openDatabase(directory.path);
  findings = createFindingsTable(open.database);
});

afterEach(() => {
  open[Symbol.dispose]();
  directory[Symbol.dispose]();
});

function finding(overrides: Partial<Finding> = {}): Finding {
  return {
    id: "disk-nearly-full/neko/filesystem//",
    rule: "disk-nearly-full",
    title: "A disk is nearly full",
    severity: "medium",
    state: "pending",
    node: "neko",
    subject: { kind: "filesystem", id: "/" },
    text: "/ is 96 % full",
    action: "free some space",
    evidence: [{ name: "used_percent", value: 96 }],
    pendingSince: "2026-11-22T10:00:00.000Z",
    isHeld: false,
    ...overrides,
  };
}

const everything = { node: undefined, includeResolved: true, limit: 100 };
const stillOpen = { node: undefined, includeResolved: false, limit: 100 };

describe("findings", () => {
  it("are kept as they are now", () => {
    const firing = finding({ state: "firing", firingSince: "2026-11-22T10:05:00.000Z" });

    findings.save(finding());
    findings.save(firing);

    expect(findings.list(stillOpen)).toEqual([firing]);
  });

  it("stay in the history when they are resolved", () => {
    const resolved = finding({ state: "resolved", resolvedAt: "2026-11-22T11:00:00.000Z" });

    findings.save(finding());
    findings.save(resolved);

    expect(findings.list(stillOpen)).toEqual([]);
    expect(findings.list(everything)).toEqual([resolved]);
  });

  it("keep an earlier life of the same id apart from the one of now", () => {
    const first = finding({ state: "resolved", resolvedAt: "2026-11-22T11:00:00.000Z" });
    const second = finding({ pendingSince: "2026-11-22T12:00:00.000Z" });

    findings.save(first);
    findings.save(second);

    expect(findings.list(stillOpen)).toEqual([second]);
    expect(findings.list(everything)).toEqual([second, first]);
  });

  it("end a life that nobody ended when the next one begins", () => {
    findings.save(finding());
    findings.save(finding({ pendingSince: "2026-11-22T12:00:00.000Z" }));

    const [now, before] = findings.list(everything);

    expect(now?.state).toBe("pending");
    expect(before).toMatchObject({ state: "resolved", resolvedAt: "2026-11-22T12:00:00.000Z" });
  });

  it("come newest first, of one node, and no more than were asked for", () => {
    for (let hour = 10; hour < 20; hour += 1) {
      const node = hour % 2 === 0 ? "neko" : "bobcat";
      findings.save(finding({ id: `finding ${hour}`, node, pendingSince: `2026-11-22T${hour}:00:00.000Z` }));
    }

    const listed = findings.list({ node: "bobcat", includeResolved: true, limit: 3 });

    expect(listed.map(({ id }) => id)).toEqual(["finding 19", "finding 17", "finding 15"]);
  });

  it("are found by their id", () => {
    findings.save(finding({ id: "one" }));
    findings.save(finding({ id: "other" }));

    expect(findings.list({ ...everything, id: "other" }).map(({ id }) => id)).toEqual(["other"]);
  });

  it("are found by the time in which they were resolved, those that were resolved last first", () => {
    for (const hour of ["10", "11", "12", "13"]) {
      findings.save(finding({ id: hour, state: "resolved", resolvedAt: `2026-11-22T${hour}:00:00.000Z` }));
    }
    findings.save(finding({ id: "elsewhere", node: "bobcat", state: "resolved", resolvedAt: "2026-11-22T12:30:00.000Z" }));
    findings.save(finding({ id: "open" }));
    const resolved = { fromMs: Date.parse("2026-11-22T11:00:00.000Z"), untilMs: Date.parse("2026-11-22T13:00:00.000Z") };
    const idsOf = (listed: readonly Finding[]) => listed.map(({ id }) => id);

    expect(idsOf(findings.list({ ...everything, resolved }))).toEqual(["elsewhere", "12", "11"]);
    expect(idsOf(findings.list({ ...everything, node: "neko", resolved }))).toEqual(["12", "11"]);
    expect(idsOf(findings.list({ ...everything, resolved: { fromMs: undefined, untilMs: undefined } }))).toHaveLength(5);
  });

  it("are dropped a time after they were resolved, and not before", () => {
    findings.save(finding({ id: "old", state: "resolved", resolvedAt: "2025-01-01T00:00:00.000Z" }));
    findings.save(finding({ id: "new", state: "resolved", resolvedAt: "2026-01-01T00:00:00.000Z" }));
    findings.save(finding({ id: "open", pendingSince: "2024-01-01T00:00:00.000Z" }));

    const removed = findings.removeResolved(Date.parse("2025-06-01T00:00:00.000Z"), 10);

    expect(removed).toBe(1);
    expect(findings.list(everything).map(({ id }) => id)).toEqual(["new", "open"]);
  });
});
