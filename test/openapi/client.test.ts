/** The typed client is what the document says, and asks for what it should. */
import { readFile } from "node:fs/promises";
import { type ApiRequest, createCall } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { clientFile, currentClientSource } from "./current-client-source.ts";

describe("the typed client", () => {
  it("is generated from the document as it is now: pnpm run gen", async () => {
    expect(await readFile(clientFile, "utf8")).toBe(await currentClientSource());
  });

  it("puts parameters where they belong, lists with commas", async () => {
    const sent: ApiRequest[] = [];
    const call = createCall({
      place: "a collector",
      async send(request) {
        sent.push(request);
        return { status: 200, text: "{}" };
      },
    });
    const { signal } = new AbortController();

    await call("findings", { query: { state: ["firing", "resolved"], limit: 5 } }, signal);
    await call("node-health", { path: { name: "a/b" } }, signal);
    await call("plan-approve", { body: { hash: "x" } }, signal);
    await call("nodes", {}, signal);

    expect(sent).toEqual([
      { method: "GET", path: "/api/v1/findings?state=firing%2Cresolved&limit=5" },
      { method: "GET", path: "/api/v1/nodes/a%2Fb/health" },
      { method: "POST", path: "/api/v1/plan/approve", body: { hash: "x" } },
      { method: "GET", path: "/api/v1/nodes" },
    ]);
  });

  it("refuses a name that would lead elsewhere", async () => {
    const call = createCall({ place: "a collector", send: async () => ({ status: 200, text: "{}" }) });

    await expect(call("node", { path: { name: ".." } }, new AbortController().signal)).rejects.toThrow('there is no node ".."');
  });
});
