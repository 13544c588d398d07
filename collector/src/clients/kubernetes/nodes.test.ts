import { describe, expect, it } from "vitest";
import type { Api } from "./api.ts";
import { watchNodes } from "./node-watch.ts";
import { listNodes } from "./nodes.ts";

const never = new AbortController().signal;

/** Answers one thing after the other, and says what was asked. */
function answering(...answers: readonly object[]) {
  const asked: string[] = [];
  const api: Api = {
    async ask({ path }) {
      asked.push(path);
      return { ...answers[asked.length - 1] };
    },
    async follow(_, __, onLine) {
      for (const line of answers) onLine({ ...line });
    },
  };
  return { api, asked };
}

describe("Nodes of a cluster", () => {
  it("are watched from their first page on, whatever the later ones say of their time", async () => {
    const first = { items: [{ name: "badger" }], metadata: { resourceVersion: "5", continue: "more" } };
    const { api, asked } = answering(first, { items: [{ name: "otter" }], metadata: { resourceVersion: "9" } });

    const list = await listNodes(api, ({ name }) => name, never);

    expect(list).toEqual({ nodes: ["badger", "otter"], resourceVersion: "5" });
    expect(asked).toEqual(["/api/v1/nodes?limit=500", "/api/v1/nodes?limit=500&continue=more"]);
  });

  it("are not what a watch tells of another kind", async () => {
    const { api } = answering({ type: "DELETED", object: { kind: "Pod", metadata: { name: "badger" } } });
    const events: unknown[] = [];
    const watching = watchNodes(api, { resourceVersion: "5", random: () => 0 }, (event) => events.push(event), never);

    await expect(watching).rejects.toMatchObject({ code: "PEER_REFUSED" });
    expect(events).toEqual([]);
  });
});
