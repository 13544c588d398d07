import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditQuery, NewAuditRecord } from "../store.ts";
import { type EngineUnderTest, engineUnderTest } from "../test-support/engine-under-test.ts";

const startMs = Date.UTC(2026, 10, 22, 10);
const dayMs = 86_400_000;

let store: EngineUnderTest;

beforeEach(() => {
  store = engineUnderTest();
});

afterEach(() => store[Symbol.dispose]());

function record(detail: string, atMs: number, init: Partial<NewAuditRecord> = {}): NewAuditRecord {
  return {
    ...{ at: new Date(atMs).toISOString(), actor: { kind: "user", name: "mika" }, action: "token.create" },
    ...{ target: { kind: "", name: "" }, outcome: "done", detail },
    ...init,
  };
}

function append(...records: readonly NewAuditRecord[]): void {
  store.engine().transaction("testing", () => store.engine().appendAudit(records));
}

function details(query: Partial<AuditQuery> = {}): readonly string[] {
  return store
    .engine()
    .listAudit({ before: undefined, limit: 200_000, ...query })
    .map(({ detail }) => detail);
}

describe("the audit in the store", () => {
  it("is there whole after a crash", () => {
    const whole = record("for siberian", startMs, { target: { kind: "node", name: "siberian" }, requestId: "r-1" });
    append(whole, record("two", startMs + 1));
    using crashed = store.crash();

    expect(crashed.engine().listAudit({ before: undefined, limit: 10 })).toEqual([
      { id: 2, ...record("two", startMs + 1) },
      { id: 1, ...whole },
    ]);
  });

  it("is listed newest first by when it happened, page by page", () => {
    append(record("b", startMs + 2), record("a", startMs + 1), record("c", startMs + 2));

    expect(details()).toEqual(["c", "b", "a"]);
    expect(details({ limit: 1 })).toEqual(["c"]);
    expect(details({ before: { atMs: startMs + 2, id: 3 } })).toEqual(["b", "a"]);
    expect(details({ before: { atMs: startMs + 1, id: 2 } })).toEqual([]);
  });

  it("is told of a node where the node is the target, or its agent the actor", () => {
    const agent = { kind: "agent", name: "neko" } as const;
    append(
      record("revoked", startMs, { target: { kind: "node", name: "siberian" } }),
      record("impostor", startMs + 1, { actor: agent, target: { kind: "node", name: "siberian" }, outcome: "refused" }),
      record("a user who is called like a node", startMs + 2, { actor: { kind: "user", name: "neko" } }),
      record("a token that is called like a node", startMs + 3, { target: { kind: "token", name: "siberian" } }),
    );

    expect(details({ node: "siberian" })).toEqual(["impostor", "revoked"]);
    expect(details({ node: "neko" })).toEqual(["impostor"]);
    expect(details({ node: "siberian", before: { atMs: startMs + 1, id: 2 } })).toEqual(["revoked"]);
  });

  it("gives one record by its id", () => {
    append(record("one", startMs), record("two", startMs + 1));

    expect(details({ id: 1 })).toEqual(["one"]);
    expect(details({ id: 3 })).toEqual([]);
  });

  it("is kept for a year, and then dropped", () => {
    append(record("old", startMs), record("new", startMs + 2 * dayMs));
    store.maintain(startMs + 364 * dayMs);
    const before = details();
    store.maintain(startMs + 366 * dayMs);

    expect(before).toEqual(["new", "old"]);
    expect(details()).toEqual(["new"]);
  });

  it("is bounded, and a storm of refusals pushes out nothing but refusals", () => {
    append(record("done long ago", startMs - dayMs));
    const storm = Array.from({ length: 50_300 }, (_, index) => record(String(index), startMs + index, { outcome: "refused" }));
    append(...storm);
    store.maintain(startMs + dayMs);

    const left = details();
    expect(left).toHaveLength(50_001);
    expect(left[0]).toBe("50299");
    expect(left.at(-2)).toBe("300");
    expect(left.at(-1)).toBe("done long ago");
  });

  it("numbers no record twice, although the newest were dropped", () => {
    append(record("old", startMs));
    store.maintain(startMs + 366 * dayMs);
    append(record("new", startMs + 366 * dayMs));

    expect(store.engine().listAudit({ before: undefined, limit: 10 })).toMatchObject([{ id: 2, detail: "new" }]);
  });
});
