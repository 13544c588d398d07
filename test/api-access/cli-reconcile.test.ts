/** What is written on the cluster, on the command line: against a real API, whose cluster is made up. */
import type { AuditRecord } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeReconciliation } from "../../collector/src/api/test-support/fake-reconciliation.ts";
import { anExplanation, anOperation, aRemoval, aStatus, domain } from "../../collector/src/api/test-support/reconcile-bodies.ts";
import { runCli } from "../../packages/cli/src/run-cli.ts";
import { type AllDoors, openAllDoors } from "./all-doors.ts";

const nowMs = Date.parse("2026-11-23T09:00:00.000Z");

let doors: AllDoors;
let reconciliation: FakeReconciliation;

beforeEach(async () => {
  reconciliation = new FakeReconciliation();
  doors = await openAllDoors({ reconciliation });
});

afterEach(() => doors[Symbol.asyncDispose]());

async function run(args: readonly string[], columns = 120) {
  let out = "";
  let error = "";
  const exitCode = await runCli({
    ...{ args, env: { NO_COLOR: "1" }, isTerminal: true, columns, nowMs, signal: new AbortController().signal },
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      error += text;
    },
  });
  return { out, error, exitCode };
}

const admin = (...args: string[]) => run([...args, "--socket", doors.socketPath]);
const viewer = (...args: string[]) => run([...args, "--collector", doors.api.server.url]);
const label = (key: string): string => `${domain}/${key}`;

describe("feature 64: nodekeeper plan", () => {
  it("is a diff by nodes, with reasons, what is held, and the command that approves it", async () => {
    const gpu = { node: "panther", item: label("gpu.product"), before: "rtx-3050-ti", why: "a complete list has none" };
    reconciliation.planned = {
      ...{ hash: "ab12", isApproved: false },
      operations: [
        aRemoval(gpu),
        anOperation(),
        anOperation({ item: label("board"), kind: "repair", before: "x", after: "pi", why: "somebody changed it" }),
      ],
      held: [{ reconciler: "node-labels", node: "bobcat", item: label("board"), reason: "its facts are stale" }],
    };

    const { out, exitCode } = await viewer("plan");

    expect(out.split("\n")).toEqual([
      `keys are those of ${domain}`,
      "",
      "neko",
      "  + storage-class=nvme       every disk that could hold data is NVMe",
      "  ~ board: x → pi            repair: somebody changed it",
      "panther",
      "  - gpu.product=rtx-3050-ti  a complete list has none",
      "",
      "held on 1 node: it cannot be told now, and stays as it is",
      "  WHERE   WHAT   WHY",
      "  bobcat  board  its facts are stale",
      "",
      "Nothing is written before somebody approved a first plan; after that the policy's modes hold, and new nodes follow.",
      "",
      "  nodekeeper apply ab12 (3 steps)",
      "",
    ]);
    expect(exitCode).toBe(1);
  });

  it("says of each step what it waits for, where that is not the same for all", async () => {
    const mode = { for: "mode", text: "class restrict is only planned" } as const;
    const dwell = { for: "dwell", text: "it must hold for 1 min" } as const;
    reconciliation.planned = {
      ...{ hash: "ab12", isApproved: true, held: [] },
      operations: [anOperation({ waiting: mode }), anOperation({ item: label("board"), waiting: dwell })],
    };

    const { out, exitCode } = await admin("plan");

    expect(out).toContain("      waits: class restrict is only planned\n");
    expect(out).toContain("      waits: it must hold for 1 min\n");
    expect(out).toContain(
      "1 step is of a class that the policy only plans; to let exactly this go, once:\n\n  nodekeeper apply ab12\n",
    );
    expect(exitCode).toBe(1);
  });

  it("of a thousand nodes tells kinds of steps first, and one node or all of them when asked", async () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => `n${index}`);
    reconciliation.planned = {
      ...{ hash: "ab12", isApproved: false, operations: nodes.map((node) => anOperation({ node })) },
      held: nodes.map((node) => ({ reconciler: "node-labels", node, item: label("board"), reason: "stale" })),
    };

    const { out } = await admin("plan");
    const one = await admin("plan", "n77");
    const oneForPrograms = await admin("plan", "n77", "--json");
    const all = await admin("plan", "--all");

    expect(out.split("\n").length).toBeLessThan(20);
    expect(out).toContain("1,000 steps on 1,000 nodes  + 1,000\n");
    expect(out).toMatch(/^\+ +1,000 +storage-class=nvme +approval +n0, n1, n2 and 997 more$/m);
    expect(one.out).toMatch(/^n77\n {2}\+ storage-class=nvme/m);
    expect(one.out).toContain("nodekeeper apply ab12 (1,000 steps on all nodes)");
    expect(JSON.parse(oneForPrograms.out)).toMatchObject({
      hash: "ab12",
      operations: [{ node: "n77" }],
      held: [{ node: "n77" }],
    });
    expect(all.out.match(/^ {2}\+ storage-class=nvme/gm)).toHaveLength(1000);
  });

  it("of a label that is another on every node tells the first kinds of steps, and counts the rest", async () => {
    const operations = Array.from({ length: 100 }, (_, index) => anOperation({ node: `n${index}`, after: `serial-${index}` }));
    reconciliation.planned = { hash: "ab12", isApproved: false, operations, held: [] };

    const { out } = await admin("plan");

    expect(out.match(/storage-class=serial/g)).toHaveLength(60);
    expect(out).toContain("… 40 other kinds of steps; each of them: `nodekeeper plan NODE`, or --all");
  });

  it("says that nothing waits, and that a node is not known", async () => {
    expect(await admin("plan")).toMatchObject({ exitCode: 0, out: expect.stringContaining("Nothing waits") });
    expect(await admin("plan", "nekko")).toMatchObject({ exitCode: 66, error: expect.stringContaining('did you mean "neko"?') });
  });

  it("is approved by its hash, by admins", async () => {
    reconciliation.planned = { hash: "ab12", isApproved: false, operations: [anOperation()], held: [] };

    expect(await viewer("apply", "ab12")).toMatchObject({ exitCode: 77 });
    expect(await admin("apply", "ab13")).toMatchObject({ exitCode: 69, error: expect.stringContaining("look at it again") });
    expect(await admin("apply", "ab12")).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^approved: 1 step/) });
    expect(reconciliation.planned.isApproved).toBe(true);
  });
});

describe("feature 65: nodekeeper explain", () => {
  it("lists all items of a node, and says where nothing is written", async () => {
    expect((await viewer("explain", "neko")).out).toContain("nothing of neko is written on a cluster");
    reconciliation.explanations = [
      anExplanation(),
      anExplanation({ item: label("board"), wanted: "hold", why: "the board is not known" }),
    ];

    const { out } = await viewer("explain", "neko");
    const broad = await run(["explain", "neko", "--collector", doors.api.server.url], 160);

    expect(out).toMatch(/^label {2}storage-class +nvme +every disk/m);
    expect(broad.out).toMatch(/^label {2}storage-class +nvme +2 d 23 h ago +every disk/m);
    expect(out).toMatch(/^label {2}board +nvme, held .*the board is not known$/m);
  });

  it("shows of one item everything that is known on one screen, with the audit for admins", async () => {
    await doors.api.store.appendAudit([
      {
        ...{ at: "2026-11-23T08:00:00.000Z", actor: { kind: "collector", name: "" }, action: "node-labels.write" },
        ...{ target: { kind: "node", name: "neko" }, outcome: "done", detail: "" },
        changes: [{ item: label("storage-class"), before: "ssd", after: "nvme" }],
      },
    ]);
    const waiting = { for: "dwell", text: "it must hold for 1 min", until: "2026-11-23T09:00:40.000Z" } as const;
    const others = [{ manager: "kubectl-label", at: "2026-11-23T08:30:00.000Z" }];
    reconciliation.explanations = [anExplanation({ previous: "hdd", waiting, others, owner: "shared", actions: [1] })];

    const { out, exitCode } = await admin("explain", "neko", "storage-class");
    const asViewer = await viewer("explain", "neko", "storage-class");

    for (const line of [
      /^neko {2}label nodekeeper\.axiomlayer\.com\/storage-class$/m,
      /^ {2}is {8}nvme {2}\(we and others wrote it, the same\)$/m,
      /^ {12}kubectl-label wrote it 30 min ago$/m,
      /^ {2}should be nvme, for 2 d 23 h$/m,
      /^ {2}waits {5}it must hold for 1 min \(in 40 s\)$/m,
      /^ {2}by {8}built-in policy, line 12$/m,
      /^ {14}storage\.classes\.size\(\)/m,
      /^ {2}before us hdd$/m,
      /^ {2}next {6}another class/m,
      /^ {2}storage\.classes {2}\["nvme"\] {2}disks {4}12 s ago {2}fresh$/m,
      /^ {2}1 +1 h ago +collector +done +storage-class: ssd → nvme$/m,
    ]) {
      expect(out).toMatch(line);
    }
    expect(out.split("\n").length).toBeLessThan(25);
    expect(exitCode).toBe(0);
    expect(asViewer).toMatchObject({ exitCode: 0, out: expect.stringContaining("  actions   1\n") });
  });
});

describe("feature 74: overrides", () => {
  it("are made as kubectl labels, listed and ended", async () => {
    const made = await admin("override", "neko", "storage-class=ssd", "--for", "3d", "--reason", "a new disk comes");
    const gone = await admin("override", "neko", "board-", "--for", "3h");
    const { out } = await viewer("overrides");
    const ended = await admin("override", "end", "neko", "board");

    expect(made.out).toBe(`kept: neko ${label("storage-class")}=ssd, ends in 3 d\n`);
    expect(gone.out).toBe(`kept: neko ${label("board")}-, ends in 3 h\n`);
    expect(out).toMatch(/^neko {2}board- +in 3 h +local.*\nneko {2}storage-class=ssd +in 3 d +local +now +a new disk comes$/m);
    expect(ended.out).toBe("ended: the policy decides again about board of neko\n");
    expect(reconciliation.state.overrides).toHaveLength(1);
    expect((await admin("override", "end", "neko", "board")).exitCode).toBe(66);
  });

  it("say of a key that no rule of the policy has that it may be mistyped", async () => {
    const why = 'the policy has no rule for it; did you mean "board"?';
    const { live: _, value: __, ...unknown } = anExplanation({ item: label("bord"), wanted: "absent", place: "", why });
    reconciliation.explanations = [unknown];

    expect((await admin("override", "neko", "bord=pi", "--for", "1h")).out).toBe(
      `kept: neko ${label("bord")}=pi, ends in 1 h\n  ${why}\n`,
    );
  });

  it.each([
    { args: ["neko", "board", "--for", "3h"], says: "expected KEY=VALUE, or KEY-" },
    { args: ["neko", "=x", "--for", "3h"], says: "expected KEY=VALUE, or KEY-" },
    { args: ["neko", "board=x"], says: "--for is missing" },
    { args: ["neko", "board=x", "--for", "10s"], says: "--for: expected 1m to 366d, got 10s" },
  ])("refuse $args", async ({ args, says }) => {
    expect(await admin("override", ...args)).toMatchObject({ exitCode: 64, error: expect.stringContaining(says) });
  });

  it("come of an action that is reverted", async () => {
    reconciliation.revertible.set(7, { node: "neko", item: label("storage-class"), value: "ssd" });

    expect((await admin("revert", "7", "--for", "2d")).out).toContain(`  neko ${label("storage-class")}=ssd, ends `);
    expect((await admin("revert", "8")).exitCode).toBe(66);
    expect(await admin("revert", "seven")).toMatchObject({ exitCode: 64, error: expect.stringContaining('got "seven"') });
  });
});

describe("feature 62: nodekeeper prune", () => {
  it("says what it would do, and does it with --yes alone", async () => {
    reconciliation.pruneResult = { nodes: 2, failed: [{ node: "otter", reason: "it changed meanwhile" }], left: [] };

    const asked = await admin("prune", "--keep-labels");
    const before = [...reconciliation.pruned];
    const done = await admin("prune", "--keep-labels", "--yes");

    expect(asked).toMatchObject({ exitCode: 64, out: expect.stringContaining("Nothing was done yet") });
    expect(asked.out).toContain("  nodekeeper prune --keep-labels --yes\n");
    expect(before).toEqual([]);
    expect(reconciliation.pruned).toEqual([{ keepLabels: true }]);
    expect(done.exitCode).toBe(1);
    expect(done.out).toMatch(/^pruned: 2 nodes put back; labels stay.*\n1 node not; .*\n {2}otter {2}it changed meanwhile\n$/);
  });

  it("names what it leaves in force, and takes it back with --force alone", async () => {
    const item = "disks/d/allowScheduling";
    reconciliation.pruneResult = { nodes: 1, failed: [], left: [{ node: "neko", item, reason: "it is broken" }] };
    reconciliation.pruned.length = 0;

    const done = await admin("prune", "--yes");
    await admin("prune", "--force", "--yes");

    expect(done.out).toContain(`--force takes it back, too):\n  neko ${item}  it is broken\n`);
    expect(reconciliation.pruned).toEqual([{ keepLabels: false }, { keepLabels: false, force: true }]);
  });
});

describe("nodekeeper reconcile", () => {
  it("says who writes and by which policy", async () => {
    const { out, exitCode } = await viewer("reconcile");

    expect(out).toMatch(/^writing +yes\ncollector +nodekeeper-collector-0 holds the Lease\n/);
    expect(out).toContain("describe enforce, restrict plan, move plan");
    expect(exitCode).toBe(0);
  });

  it("says what keeps it, all of it", async () => {
    const { approval: _, ...unapproved } = aStatus();
    const { policy } = unapproved;
    reconciliation.state = {
      ...unapproved,
      ...{ isWriting: false, notWritingBecause: "somebody paused it" },
      policy: { ...policy, problems: ["policy.yaml:12:9: unknown fact gpuz"] },
      brake: { restrictedNodes: 1, allowedNodes: 1, clearsAt: "2026-11-23T09:04:00.000Z" },
      cluster: { nodes: 2, problem: "https://10.43.0.1 cannot be reached" },
    };

    const { out, exitCode } = await viewer("reconcile");

    for (const text of [
      "no: somebody paused it",
      "not in force: policy.yaml:12:9",
      "in 4 min",
      "cannot be reached",
      "none: nothing",
    ]) {
      expect(out).toContain(text);
    }
    expect(exitCode).toBe(1);
  });

  it("says where there is no cluster, as all others do", async () => {
    await using alone = await openAllDoors();
    const ask = (...args: string[]) => run([...args, "--socket", alone.socketPath]);

    expect(await ask("reconcile")).toMatchObject({ exitCode: 69, out: expect.stringContaining("--kubeconfig") });
    expect(await ask("prune")).toMatchObject({ exitCode: 69, out: expect.stringContaining("--kubeconfig") });
    expect(await ask("plan")).toMatchObject({ exitCode: 69, error: expect.stringContaining("--kubeconfig") });
  });
});

describe("feature 73: nodekeeper audit", () => {
  it("shows of writes how they ended and what they changed, with --all that they were begun", async () => {
    const write: Omit<AuditRecord, "id" | "outcome"> = {
      ...{ at: "2026-11-23T08:00:00.000Z", actor: { kind: "collector", name: "" }, action: "node-labels.write", detail: "" },
      ...{ target: { kind: "node", name: "neko" }, changes: [{ item: label("storage-class"), before: "ssd", after: "nvme" }] },
    };
    await doors.api.store.appendAudit([
      { ...write, outcome: "begun" },
      { ...write, outcome: "done" },
      { ...write, outcome: "begun" },
    ]);

    const { out } = await run(["audit", "--socket", doors.socketPath], 160);
    const all = await admin("audit", "--all");

    expect(out).toMatch(/^ *2 .*collector +node-labels\.write +node neko +done +storage-class: ssd → nvme$/m);
    expect(all.out).toMatch(/^ *2 .*done\n {6}storage-class: ssd → nvme\n *1 .*begun\n/m);
    expect([out.match(/begun/g)?.length, all.out.match(/begun/g)?.length]).toEqual([1, 2]);
  });
});
