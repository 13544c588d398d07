/** What is written on the cluster, by the API: who may look, who may change, what is answered and what the audit keeps of it. */
import type { ItemOverride, OverrideList, Plan } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeReconciliation } from "../../collector/src/api/test-support/fake-reconciliation.ts";
import { anExplanation, anOperation, aStatus, domain } from "../../collector/src/api/test-support/reconcile-bodies.ts";
import { type AllDoors, type Answered, json, openAllDoors, problemOf } from "../api-access/all-doors.ts";

let doors: AllDoors;
let reconciliation: FakeReconciliation;

beforeEach(async () => {
  reconciliation = new FakeReconciliation();
  doors = await openAllDoors({ reconciliation });
});

afterEach(() => doors[Symbol.asyncDispose]());

const read = (path: string): Promise<Answered> => doors.ask("local", path);
const change = (path: string, body: unknown): Promise<Answered> => doors.ask("admin", path, json(body));
const bodyOf = <Body>({ text }: Answered): Body => JSON.parse(text) as Body; // a test looks at what is in it

describe("the plan", () => {
  const planned: Plan = { hash: "ab12", isApproved: false, operations: [anOperation()], held: [] };

  it("is read by whoever may read, and approved by admins alone, by its hash", async () => {
    reconciliation.planned = planned;

    expect(bodyOf(await read("/api/v1/plan"))).toEqual(planned);
    expect((await doors.ask("local", "/api/v1/plan/approve", json({ hash: "ab12" }))).status).toBe(403);
    expect(problemOf(await change("/api/v1/plan/approve", { hash: "other" }))).toMatchObject({ status: 409, code: "CONFLICT" });
    expect(bodyOf(await change("/api/v1/plan/approve", { hash: "ab12" }))).toEqual({ hash: "ab12", operations: 1 });
    expect(bodyOf(await read("/api/v1/plan"))).toMatchObject({ isApproved: true, operations: [] });
    expect(doors.api.store.audit.map(({ action, outcome, detail }) => [action, outcome, detail])).toEqual([
      ["plan.approve", "refused", expect.stringContaining("FORBIDDEN")],
      ["plan.approve", "failed", "CONFLICT: the plan is another by now: look at it again"],
      ["plan.approve", "done", "1 operation"],
    ]);
    expect(doors.api.store.audit.at(-1)?.target).toEqual({ kind: "plan", name: "ab12" });
  });

  it("is not sent again to whoever has it, until anything of it changes", async () => {
    reconciliation.planned = planned;
    const first = await read("/api/v1/plan");
    const ifNoneMatch = { headers: { "if-none-match": String(first.headers["etag"]) } };

    const same = await doors.ask("local", "/api/v1/plan", ifNoneMatch);
    reconciliation.planned = { ...planned, operations: [anOperation({ waiting: { for: "pause", text: "somebody paused it" } })] };
    const other = await doors.ask("local", "/api/v1/plan", ifNoneMatch);

    expect([first.status, same.status, same.text, other.status]).toEqual([200, 304, "", 200]);
    expect(other.headers["etag"]).not.toBe(first.headers["etag"]);
  });

  it("is refused to the page of another site, although its visitor is an admin", async () => {
    reconciliation.planned = planned;
    const asked = json({ hash: "ab12" });
    const headers = { ...asked.headers, "x-authentik-jwt": await doors.login.token("ada", ["admins"]) };

    const foreign = await doors.ask("public", "/api/v1/plan/approve", {
      ...asked,
      headers: { ...headers, "sec-fetch-site": "cross-site" },
    });
    const own = await doors.ask("public", "/api/v1/plan/approve", {
      ...asked,
      headers: { ...headers, "sec-fetch-site": "same-origin" },
    });

    expect([foreign.status, problemOf(foreign).code, own.status]).toEqual([403, "ORIGIN_REFUSED", 200]);
  });
});

describe("an explanation", () => {
  it("is of all items of a node, or of one by its name with or without the domain", async () => {
    const gpu = anExplanation({ item: `${domain}/gpu.product`, wanted: "hold" });
    reconciliation.explanations = [anExplanation(), gpu, anExplanation({ node: "otter" })];

    expect(bodyOf(await read("/api/v1/nodes/neko/explain"))).toEqual({ explanations: [anExplanation(), gpu] });
    for (const item of ["gpu.product", `${domain}/gpu.product`]) {
      expect(bodyOf(await read(`/api/v1/nodes/neko/explain?item=${encodeURIComponent(item)}`))).toEqual({ explanations: [gpu] });
    }
  });

  it("is NOT_FOUND of what is not there, and empty of a machine that is no node of the cluster", async () => {
    reconciliation.explanations = [anExplanation({ node: "otter" })];

    expect(problemOf(await read("/api/v1/nodes/nekko/explain")).detail).toContain('did you mean "neko"?');
    expect(problemOf(await read("/api/v1/nodes/otter/explain?item=colour")).status).toBe(404);
    expect(problemOf(await read("/api/v1/nodes/neko/explain?item=colour")).detail).toContain('called "colour"');
    expect(bodyOf(await read("/api/v1/nodes/neko/explain"))).toEqual({ explanations: [] });
  });
});

describe("overrides", () => {
  const wanted = { node: "neko", item: "storage-class", value: "ssd", forSeconds: 3600, reason: "until the disk is here" };

  it("are made, listed and ended, each in the audit with who did it", async () => {
    const made = await change("/api/v1/overrides", wanted);
    const listed = bodyOf<OverrideList>(await read("/api/v1/overrides"));
    const ended = await doors.ask("admin", `/api/v1/overrides/neko?item=storage-class`, { method: "DELETE" });
    const again = await doors.ask("admin", `/api/v1/overrides/neko?item=storage-class`, { method: "DELETE" });

    expect(made.status).toBe(201);
    expect(listed).toEqual({ overrides: [bodyOf<ItemOverride>(made)] });
    expect(listed.overrides).toMatchObject([
      { item: `${domain}/storage-class`, value: "ssd", by: "local", reason: wanted.reason },
    ]);
    expect(bodyOf(ended)).toEqual({ overrides: [] });
    expect(again.status).toBe(404);
    expect(doors.api.store.audit.map(({ action, target, outcome, detail }) => [action, target.name, outcome, detail])).toEqual([
      ["override.create", "neko", "done", `${domain}/storage-class=ssd until 2026-11-23T10:00:00.000Z: until the disk is here`],
      ["override.end", "neko", "done", "storage-class"],
      ["override.end", "neko", "failed", expect.stringContaining("NOT_FOUND")],
    ]);
  });

  it.each([
    { name: "no end", body: { ...wanted, forSeconds: undefined }, says: "forSeconds" },
    { name: "an end that is too near", body: { ...wanted, forSeconds: 5 }, says: "forSeconds" },
    { name: "a value that no label has", body: { ...wanted, value: "x".repeat(64) }, says: "value" },
    { name: "no node", body: { ...wanted, node: undefined }, says: "node" },
  ])("refuse $name", async ({ body, says }) => {
    const answer = await change("/api/v1/overrides", body);

    expect(problemOf(answer)).toMatchObject({ status: 400, detail: expect.stringContaining(says) });
    expect(reconciliation.state.overrides).toEqual([]);
  });
});

describe("an action", () => {
  it("is reverted by its id, for a while", async () => {
    reconciliation.revertible.set(7, { node: "neko", item: `${domain}/storage-class`, value: "ssd" });

    const reverted = await change("/api/v1/actions/7/revert", { forSeconds: 3600 });
    const unknown = await change("/api/v1/actions/8/revert", { forSeconds: 3600 });
    const nonsense = await change("/api/v1/actions/seven/revert", { forSeconds: 3600 });

    expect(bodyOf<OverrideList>(reverted).overrides).toMatchObject([{ node: "neko", value: "ssd", reason: "revert of 7" }]);
    expect([unknown.status, nonsense.status]).toEqual([404, 400]);
    expect(doors.api.store.audit[0]).toMatchObject({ action: "action.revert", target: { kind: "action", name: "7" } });
  });
});

describe("prune", () => {
  it("says how many objects are as they were, and which are not", async () => {
    reconciliation.pruneResult = { nodes: 3, failed: [{ node: "otter", reason: "it changed meanwhile" }], left: [] };

    const answer = await change("/api/v1/prune", { keepLabels: true });

    expect(bodyOf(answer)).toEqual(reconciliation.pruneResult);
    expect(reconciliation.pruned).toEqual([{ keepLabels: true }]);
    expect(doors.api.store.audit).toMatchObject([{ action: "cluster.prune", detail: "3 put back, 1 failed, labels stay" }]);
  });
});

describe("without a cluster", () => {
  it("each says so and what to do, and the overview that there is none", async () => {
    await using alone = await openAllDoors();

    for (const path of ["/api/v1/plan", "/api/v1/overrides", "/api/v1/nodes/neko/explain"]) {
      const problem = problemOf(await alone.ask("local", path));
      expect(problem, path).toMatchObject({ status: 409, code: "CONFLICT", detail: expect.stringContaining("--kubeconfig") });
    }
    const overview = await alone.ask("local", "/api/v1/reconcile");
    expect(bodyOf(overview)).toEqual({ isConfigured: false, notWritingBecause: expect.stringContaining("knows no cluster") });
    expect(bodyOf(await read("/api/v1/reconcile"))).toEqual(aStatus());
  });
});
