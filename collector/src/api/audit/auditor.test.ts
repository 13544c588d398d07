import { AppError, type Logger } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { FakeStore } from "../../test-support/fake-store.ts";
import { createAuditor, type Refused } from "./auditor.ts";

function anAuditor() {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const store = new FakeStore();
  const logged: object[] = [];
  const ignore = (): void => undefined;
  const logger: Logger = {
    ...{ debug: ignore, info: ignore, warn: ignore, fatal: ignore },
    error: (facts: object) => void logged.push(facts),
    child: () => logger,
  };
  return { clock, store, logged, auditor: createAuditor({ store, clock, random: () => 0.5, logger }) };
}

function refusal(changes: Partial<Refused> = {}): Refused {
  return {
    ...{ actor: { kind: "user", name: "eve" }, action: "token.create", target: { kind: "", name: "" }, requestId: "r" },
    error: new AppError("FORBIDDEN", "this needs the right admin"),
    from: "",
    ...changes,
  };
}

describe("the auditor", () => {
  it("writes what was done before it comes back", async () => {
    const { store, auditor } = anAuditor();
    const { error: _, from: __, ...what } = refusal();

    await auditor.record({ ...what, outcome: "done", detail: "token 1" });

    expect(store.audit).toMatchObject([{ at: "2026-01-01T00:00:00.000Z", outcome: "done", detail: "token 1", requestId: "r" }]);
    await auditor[Symbol.asyncDispose]();
  });

  it("lets what was done stand where it cannot be written, and logs it whole", async () => {
    const { store, logged, auditor } = anAuditor();
    store.fail(new AppError("STORE_FULL", "no space left"));
    const { error: _, from: __, ...what } = refusal();

    await auditor.record({ ...what, outcome: "done", detail: "token 1" });

    expect(store.audit).toEqual([]);
    expect(logged).toMatchObject([{ err: { code: "STORE_FULL" }, record: { action: "token.create", detail: "token 1" } }]);
    await auditor[Symbol.asyncDispose]();
  });

  it("writes a refusal at once, and those like it as one when a minute is over", async () => {
    const { store, auditor, clock } = anAuditor();

    for (let round = 0; round < 10; round++) auditor.refuse(refusal());
    auditor.refuse(refusal({ actor: { kind: "user", name: "mallory" } }));
    await settle();
    const atOnce = store.audit.length;
    await clock.advance(70_000);
    auditor.refuse(refusal());
    await settle();

    expect(atOnce).toBe(2);
    expect(store.audit.slice(2)).toMatchObject([
      { actor: { name: "eve" }, detail: expect.stringContaining("(and 9 times more within a minute)") },
      { actor: { name: "eve" }, detail: "FORBIDDEN: this needs the right admin" },
    ]);
    await auditor[Symbol.asyncDispose]();
  });

  it("writes few records however many names there are", async () => {
    const { store, auditor } = anAuditor();

    for (let index = 0; index < 5_000; index++) auditor.refuse(refusal({ target: { kind: "address", name: `10.0.${index}` } }));
    await settle();
    await auditor[Symbol.asyncDispose]();

    expect(store.audit.length).toBeLessThanOrEqual(1_002);
    expect(store.audit.at(-1)).toMatchObject({ actor: { name: "" }, detail: expect.stringContaining("and 3999 times more") });
  });

  it("cuts what others chose", async () => {
    const { store, auditor } = anAuditor();

    auditor.refuse(
      refusal({ actor: { kind: "user", name: "x".repeat(10_000) }, error: new AppError("FORBIDDEN", "y".repeat(10_000)) }),
    );
    await settle();

    expect(JSON.stringify(store.audit).length).toBeLessThan(1_000);
    await auditor[Symbol.asyncDispose]();
  });

  it("keeps what a terminal would obey out of what strangers choose", async () => {
    const { store, auditor } = anAuditor();
    const error = new AppError("IDENTITY_MISSING", "who asks\u001b[2J?");

    auditor.refuse(refusal({ target: { kind: "node", name: "\u001b]0;done\u0007neko\r\n" }, error }));
    await settle();

    expect(store.audit).toMatchObject([
      { target: { name: "\ufffd]0;done\ufffdneko\ufffd\ufffd" }, detail: "IDENTITY_MISSING: who asks\ufffd[2J?" },
    ]);
    await auditor[Symbol.asyncDispose]();
  });

  it("says from where somebody knocked, and counts each place by itself", async () => {
    const { store, auditor } = anAuditor();

    for (const from of ["10.0.0.9", "10.0.0.9", "10.0.0.8"]) auditor.refuse(refusal({ from }));
    await settle();

    expect(store.audit.map(({ detail }) => detail)).toEqual([
      "FORBIDDEN: this needs the right admin; from 10.0.0.9",
      "FORBIDDEN: this needs the right admin; from 10.0.0.8",
    ]);
    await auditor[Symbol.asyncDispose]();
  });
});
