/** A node that will not come back, with everything under it: streams, findings, equipment, a real database, a restart. */
import { mkdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { createLogger, systemClock } from "@nodekeeper/shared";
import type { AuditList, FindingList } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { openStore } from "../../collector/src/store/worker-store.ts";
import { disk, factsHash, list, observation } from "../../collector/src/test-support/observations.ts";
import { connectAgent } from "../fakes/fake-agent.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aCollector, eventually } from "./collector-under-test.ts";

const logger = createLogger("test", "silent");

/** Asks by the admin socket. */
function ask(socketPath: string, method: string, path: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, agent: false }, (response) => {
      let text = "";
      response.on("data", (part) => {
        text += part.toString();
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("feature 16: a retired node", () => {
  it("is forgotten over a restart too, keeps its history, and begins anew when it comes back after all", async () => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, "data");
    await mkdir(directory);
    const socket = join(folder.path, "admin.sock");
    const start = () =>
      aCollector({
        openStore: () => openStore({ directory, clock: systemClock, logger }),
        args: [`--data-dir=${directory}`, `--admin-socket=${socket}`],
      });
    const report = async (collector: Awaited<ReturnType<typeof start>>, sequence: number) => {
      const agent = connectAgent(collector.grpcAddress);
      agent.hello();
      const { held } = await agent.next("helloAck");
      const facts = { subjects: [disk("sda")], lists: [list("block_device", true)] };
      agent.report([observation(facts, { sequence, factsHash: factsHash("a") })]);
      await agent.next("ack");
      return { heldProbes: held.map(({ probe }) => probe), [Symbol.dispose]: () => agent.vanish() };
    };
    const leaves = async (agent: Disposable, collector: Awaited<ReturnType<typeof start>>): Promise<void> => {
      agent[Symbol.dispose]();
      await eventually(async () => expect((await collector.node("neko")).summary.isConnected).toBe(false));
    };

    const first = await start();
    const agent = await report(first, 1);
    const refused = await ask(socket, "DELETE", "/api/v1/nodes/neko");
    const firstSeen = (await first.node("neko")).firstSeenAt;
    await leaves(agent, first);
    const retired = await ask(socket, "DELETE", "/api/v1/nodes/neko");
    const gone = await ask(socket, "GET", "/api/v1/nodes/neko");
    const open: FindingList = JSON.parse((await ask(socket, "GET", "/api/v1/findings")).text);
    await first[Symbol.asyncDispose]();

    await using second = await start();
    const still = await ask(socket, "GET", "/api/v1/nodes/neko");
    const returned = await report(second, 2);
    const again = await second.node("neko");
    const audit: AuditList = JSON.parse((await ask(socket, "GET", "/api/v1/audit?node=neko")).text);
    await leaves(returned, second);
    const known = await report(second, 3);
    await leaves(known, second);
    await ask(socket, "DELETE", "/api/v1/nodes/neko");
    using anew = await report(second, 4);

    expect([refused.status, retired.status, gone.status, still.status]).toEqual([409, 200, 404, 404]);
    expect(open.findings).toEqual([]);
    // Facts are held for a node that is known, and for no other: neither over a restart nor after it was retired.
    expect([returned.heldProbes, known.heldProbes.length, anew.heldProbes]).toEqual([[], 1, []]);
    expect(Date.parse(again.firstSeenAt)).toBeGreaterThan(Date.parse(firstSeen));
    expect(again.subjects).toMatchObject([{ kind: "block_device", id: "sda", outcome: "ok" }]);
    expect(audit.records.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      "node.retire done",
      "node.retire failed",
    ]);
  });
});

describe("a backup by the admin socket", () => {
  it("is a database from which a collector starts", async () => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, "data");
    await mkdir(directory);
    const socket = join(folder.path, "admin.sock");
    await using _ = await aCollector({
      openStore: () => openStore({ directory, clock: systemClock, logger }),
      args: [`--data-dir=${directory}`, `--admin-socket=${socket}`],
    });

    const { status, text } = await ask(socket, "GET", "/api/v1/backup");

    expect(status).toBe(200);
    expect(text.startsWith("SQLite format 3\u0000")).toBe(true);
  });
});
