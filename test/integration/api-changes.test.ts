/** Changes of equipment over the API, and by the command line. */
import { AppError } from "@nodekeeper/shared";
import { type Change, ChangeList, type Problem } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { expectBody } from "../../collector/src/api/test-support/expect-body.ts";
import { Machine } from "../../collector/src/api/test-support/machine.ts";
import { runCli } from "../../packages/cli/src/run-cli.ts";

let api: ApiHarness;
const nowMs = Date.UTC(2026, 10, 22, 12);

function change(id: number, node = "neko"): Change {
  return {
    ...{ id, node, at: new Date(nowMs - (100 - id) * 60_000).toISOString(), change: "appeared", text: `disk ${id} appeared` },
    subject: { kind: "block_device", id: `disk-${id}` },
    fields: [{ name: "model", after: "An SSD" }],
  };
}

beforeEach(async () => {
  api = await startApi();
  for (const name of ["neko", "panther"]) api.state.apply(new Machine(name).connect(nowMs));
});

afterEach(() => api[Symbol.asyncDispose]());

async function changesBy(...args: readonly string[]) {
  let out = "";
  let error = "";
  const exitCode = await runCli({
    args: ["changes", ...args, "--collector", api.server.url],
    ...{ env: {}, isTerminal: false, columns: undefined, nowMs, signal: new AbortController().signal },
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      error += text;
    },
  });
  return { out, error, exitCode };
}

describe("feature 27: GET /api/v1/changes and /api/v1/nodes/{name}/changes", () => {
  it("gives pages, newest first, until there is no other", async () => {
    api.store.changes.push(change(3), change(2, "panther"), change(1));
    const first = expectBody(ChangeList, await api.get("/api/v1/changes?limit=2"));
    const second = expectBody(ChangeList, await api.get(`/api/v1/changes?limit=2&cursor=${first.nextCursor}`));
    const exact = expectBody(ChangeList, await api.get("/api/v1/changes?limit=3"));

    expect(first.changes).toEqual([change(3), change(2, "panther")]);
    expect(second).toEqual({ changes: [change(1)] });
    expect(exact).not.toHaveProperty("nextCursor");
  });

  it("gives those of one node", async () => {
    api.store.changes.push(change(3), change(2, "panther"), change(1));
    const list = expectBody(ChangeList, await api.get("/api/v1/nodes/panther/changes"));

    expect(list).toEqual({ changes: [change(2, "panther")] });
  });

  it("refuses what it cannot answer, and says why", async () => {
    const unknown = await api.get("/api/v1/nodes/nekoo/changes");
    const cursor = await api.get("/api/v1/changes?cursor=yesterday");
    api.store.failure = new AppError("STORE_FAILED", "the database cannot be read");
    const broken = await api.get("/api/v1/changes");
    const details = [unknown, cursor, broken].map(({ status, text }) => [status, (JSON.parse(text) as Problem).detail]);

    expect(details).toEqual([
      [404, 'no node is called "nekoo"; did you mean "neko"?'],
      [400, 'query parameter "cursor" is not valid: it is not a `nextCursor` of this API; begin again without it.'],
      [503, expect.stringContaining("The database cannot be read now")],
    ]);
  });
});

describe("feature 27: nodekeeper changes", () => {
  it("lists the changes of the fleet, a line each", async () => {
    api.store.changes.push(change(99), change(40, "panther"));

    expect(await changesBy()).toEqual({
      out: [
        "WHEN              AGO        NODE     CHANGE",
        "2026-11-22 11:59  1 min ago  neko     disk 99 appeared",
        "2026-11-22 11:00  1 h ago    panther  disk 40 appeared",
        "",
      ].join("\n"),
      error: "",
      exitCode: 0,
    });
  });

  it("lists those of one node without its name, at most so many", async () => {
    api.store.changes.push(change(99), change(98), change(40, "panther"));
    const { out } = await changesBy("neko", "--limit", "1");

    expect(out).toBe("WHEN              AGO        CHANGE\n2026-11-22 11:59  1 min ago  disk 99 appeared\n");
  });

  it("says that nothing changed, prints the API's own body with --json, and knows no node that is not there", async () => {
    const nothing = await changesBy();
    const json = await changesBy("--json");
    const nobody = await changesBy("nekoo");

    expect(nothing).toEqual({ out: "no changes\n", error: "", exitCode: 0 });
    expect(JSON.parse(json.out)).toEqual({ changes: [] });
    expect(nobody).toMatchObject({ exitCode: 66, error: 'nodekeeper: no node is called "nekoo"; did you mean "neko"?\n' });
  });
});
