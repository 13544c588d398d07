/**
 * A game on a workstation that serves models: from NVIDIA's library (a stand-in) and Ollama (a double on a real socket) through the real agent, the real gRPC
 * and the real collector to what people and models are told, and to the routes. That it is told is measured in real time, with the agent's own intervals.
 * That the card comes back after five minutes is tried by setting the collector's clock ahead, since nobody waits for that here; what is then fresh has to be
 * said again by the agent, as it is after a suspend.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type Clock, systemClock } from "@nodekeeper/shared";
import type { GpuAvailabilityList, GpuReservationList, RouteExplanation, RouteTableBody } from "@nodekeeper/shared/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";
import { createProgram, type Program } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { freePorts } from "../e2e/installation.ts";
import { agentArgv } from "../integration/agent-under-test.ts";
import { aCollector, type CollectorUnderTest } from "../integration/collector-under-test.ts";
import { askSocket } from "../support/ask-socket.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type GamingHost, gameModel, gamingHost } from "./gaming-host.ts";
import { missingForStandIn } from "./stand-in.ts";

const missing = missingForStandIn();
const promiseMs = 15_000;
const fiveMinutesMs = 300_000;
const game = { pid: 7312, name: "Cyberpunk2077.e", gib: 6 };

/** The real time, and how far it was set ahead. */
class AheadClock implements Clock {
  aheadMs = 0;
  monotonicMs: Clock["monotonicMs"] = systemClock.monotonicMs;
  sleep: Clock["sleep"] = systemClock.sleep;
  wallMs(): number {
    return systemClock.wallMs() + this.aheadMs;
  }
}

describe.skipIf(missing !== undefined)(
  `feature 73: a game takes the GPU${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 150_000 },
  () => {
    const stack = new AsyncDisposableStack();
    const clock = new AheadClock();
    const store = new FakeStore();
    const agents = new Map<string, Program>();
    let siberian: GamingHost;
    let collector: CollectorUnderTest;
    let grpc: string;
    let policy: string;
    let socket: string;

    async function startCollector(): Promise<CollectorUnderTest> {
      return await aCollector({
        store,
        clock,
        args: ["--policy", policy, "--admin-socket", socket, "--grpc-listen", grpc],
      });
    }

    beforeAll(async () => {
      const tailnet = new Map<string, string>();
      stack.defer(leadTo(tailnet));
      siberian = stack.use(await gamingHost({ name: "siberian", address: "100.64.0.5", cardGib: 16, isLoaded: true }));
      const neko = stack.use(await gamingHost({ name: "neko", address: "100.64.0.6", cardGib: 12 }));
      const panther = stack.use(await gamingHost({ name: "panther", address: "100.64.0.7", cardGib: 4 }));
      for (const { address } of [siberian, neko, panther]) tailnet.set(address, "127.0.0.1");
      const folder = stack.use(await temporaryFolder());
      // Every server is for everything: agents without an identity prove nothing, and a policy may not ask for what they say.
      policy = join(folder.path, "policy.yaml");
      socket = join(folder.path, "admin.sock");
      await writeFile(policy, "version: 1\nrouting: { generation: true, embeddings: true }\n");
      const [port] = await freePorts(1);
      grpc = `127.0.0.1:${port}`;
      collector = await startCollector();
      stack.defer(() => collector[Symbol.asyncDispose]());
      for (const { name, root } of [siberian, neko, panther]) {
        const flags = ["--node-name", name, "--host-root", root, "--spool-dir", `${folder.path}/${name}`];
        const argv = [
          ...agentArgv,
          "run",
          "--collector",
          grpc,
          "--health-listen",
          "none",
          "--node-address",
          "127.0.0.1",
        ] as const;
        const agent = stack.use(
          createProgram({ argv: [...argv, ...flags] as [string, ...string[]], env: {}, logFile: `${folder.path}/${name}.log` }),
        );
        agents.set(name, agent);
        agent.start();
      }
      await waitUntil("the model is routed to both that can take it", 90_000, async () => {
        const { candidates } = await explain().catch(() => ({ candidates: [] }));
        const standings = Object.fromEntries(candidates.map(({ server, standing }) => [server, standing]));
        const isRouted =
          standings["siberian"] === "loaded" && standings["neko"] === "fits" && standings["panther"] === "left-out";
        return isRouted && (await siberianIs())?.verdict === "now" && isDeepStrictEqual(await routed(), ["siberian", "neko"]);
      });
    }, 120_000);
    afterAll(() => stack.disposeAsync(), 60_000);

    async function ask<Body>(path: string): Promise<Body> {
      const response = await fetch(`${collector.url}${path}`);
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as Body; // the API validates its answers against these types
    }
    const explain = () => ask<RouteExplanation>(`/api/v1/routes/explain?model=${gameModel}`);
    const siberianIs = async () => {
      const { gpus } = await ask<GpuAvailabilityList>(`/api/v1/gpus/availability?model=${gameModel}`);
      return gpus.find(({ node }) => node === "siberian");
    };
    const routed = async () => (await ask<RouteTableBody>("/api/v1/routes")).models[0]?.servers;
    const reservations = async () => (await ask<GpuReservationList>("/api/v1/gpus/reservations")).reservations;
    /** The local door takes no orders. */
    const order = (method: string, path: string, body?: object) => askSocket(socket, method, `/api/v1/gpus/${path}`, body);

    it("is told within 15 s, with its name; the route moves, and the model is unloaded once", async () => {
      await waitUntil("all is as it was found", 30_000, async () => {
        const { verdict, text } = (await siberianIs()) ?? {};
        return verdict === "now" && text === "it is loaded" && isDeepStrictEqual(await routed(), ["siberian", "neko"]);
      });

      await siberian.start(game);
      const tookMs = await timeUntil(async () => (await siberianIs())?.verdict === "reserved");

      expect(tookMs).toBeLessThan(promiseMs);
      expect(await siberianIs()).toMatchObject({ verdict: "reserved", text: "kept for Cyberpunk2077.e" });
      const tool = await ask<{ text: string; gpus: readonly { node: string; why: string }[] }>(
        `/tools/can_run_model?model=${gameModel}`,
      );
      expect(tool.gpus.find(({ node }) => node === "siberian")?.why).toBe("kept for Cyberpunk2077.e");
      expect((await explain()).server).toBe("neko"); // at once
      await waitUntil("the table follows", 30_000, async () => isDeepStrictEqual(await routed(), ["neko"]));
      await waitUntil("the model is unloaded", 30_000, () => siberian.unloads.length > 0);
      expect(siberian.unloads).toEqual([gameModel]);
    });

    it("is an honest 'kept for' where nobody else can take the model", async () => {
      await order("POST", "reservations", { node: "neko", forSeconds: 600, reason: "training" });

      const { server, text } = await waitUntil("nobody takes it", 30_000, async () => {
        const explained = await explain();
        return explained.server === undefined && explained;
      });

      expect(server).toBeUndefined();
      expect(text).toContain("siberian: its GPU is kept for Cyberpunk2077.e");
      expect(text).toMatch(/neko: its GPU is kept for .* \(training\)/);
      await order("DELETE", "reservations/neko");
      await waitUntil("neko is back", 30_000, async () => (await explain()).server === "neko");
    });

    it("goes on over a restart of the collector, and nothing is unloaded again", async () => {
      await collector[Symbol.asyncDispose]();
      collector = await startCollector();

      await waitUntil("all is known again", 60_000, async () => {
        const known = await siberianIs();
        return known?.verdict === "reserved" && known.freshness === "fresh";
      });
      await waitUntil("the route is the same", 60_000, async () => (await explain()).server === "neko");
      expect(siberian.unloads).toEqual([gameModel]);
    });

    it("ends: the card is kept for five minutes more, and comes back; a desktop and small programs do not keep it", async () => {
      await siberian.end(game.pid);
      await waitUntil("its agent says so", 40_000, async () => {
        const { subjects } = await collector.node("siberian");
        return !subjects.some(
          ({ kind, outcome, id }) => kind === "gpu_process" && outcome === "ok" && id.endsWith(` ${game.pid}`),
        );
      });
      expect((await reservations()).map(({ node, by }) => [node, by])).toEqual([["siberian", "Cyberpunk2077.e"]]);

      clock.aheadMs += fiveMinutesMs;
      // Who begins to use the card is noticed at once, so that the agent speaks of it; neither of these keeps it.
      await siberian.start({ pid: 7400, name: "gnome-shell", gib: 1.2 });
      await siberian.start({ pid: 7401, name: "thumbnailer", gib: 0.9 });
      await waitUntil("siberian is free", 60_000, async () => (await siberianIs())?.verdict === "now");
      await waitUntil("the route is back", 30_000, async () => (await routed())?.includes("siberian"));

      expect(await reservations()).toEqual([]);
      expect(siberian.unloads).toEqual([gameModel]);
    });

    it("while its agent falls silent, the card stays kept however long that lasts", async () => {
      await siberian.start(game);
      await waitUntil("it is kept", 40_000, async () => (await siberianIs())?.verdict === "reserved");

      await agents.get("siberian")?.kill();
      clock.aheadMs += 2 * fiveMinutesMs;
      await sleep(5_600); // longer than the collector waits to look by itself

      expect((await reservations()).map(({ by }) => by)).toEqual(["Cyberpunk2077.e"]);
      expect((await explain()).candidates.find(({ server }) => server === "siberian")).toMatchObject({
        ...{ standing: "left-out", text: "its GPU is kept for Cyberpunk2077.e" },
      });
    });
  },
);

/** Addresses of a tailnet that is made up lead to this machine. Gives how to take that back. */
function leadTo(tailnet: ReadonlyMap<string, string>): () => void {
  const real = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    url.hostname = tailnet.get(url.hostname) ?? url.hostname;
    return real(url, init);
  };
  return () => {
    globalThis.fetch = real;
  };
}

async function timeUntil(isSo: () => Promise<boolean>): Promise<number> {
  const startedAtMs = performance.now();
  await waitUntil("it is so", 30_000, isSo);
  return performance.now() - startedAtMs;
}
