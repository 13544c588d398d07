/** A machine gets another credential while it reports, and is never without a good one, whoever is killed and when. */
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { disk, list, observation } from "../../collector/src/test-support/observations.ts";
import type { FakeAgent } from "../fakes/fake-agent.ts";
import { eventually } from "../integration/collector-under-test.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { collectorProcess } from "./collector-process.ts";
import { type IdentityClients, identityScene } from "./identity-scene.ts";

const oneDisk = { subjects: [disk("sda")], lists: [list("block_device", true)] };

function authenticate(agent: FakeAgent, credential: string): void {
  agent.send({ case: "authenticate", value: { $typeName: "nodekeeper.v1.Authenticate", credential } });
}

async function refusalOf(scene: IdentityClients, credential: string): Promise<number> {
  await using agent = scene.connect(credential);
  agent.hello();
  return (await agent.ended).code;
}

async function hasOneCredential(scene: IdentityClients, credential: string): Promise<void> {
  await eventually(async () => {
    const { credentials } = await scene.vault();
    expect(credentials.map(({ id, replaces }) => [id, replaces])).toEqual([[credential.slice(4, 16), undefined]]);
  });
}

describe("feature 7: credential rotation with no downtime", () => {
  it("hands the successor over on the open stream, which goes on; the old one is good until the new one was used", async () => {
    await using scene = await identityScene();
    const old = await scene.enrolled("neko");
    await using agent = await scene.greeted(old);

    const { status: answered } = await scene.admin("POST", "/api/v1/credentials/neko/rotate");
    const { credential: fresh } = await agent.next("newCredential");
    await using still = await scene.greeted(old);
    const again = await still.next("newCredential");
    authenticate(still, again.credential);
    await hasOneCredential(scene, again.credential);
    still.report([observation(oneDisk)]);
    await still.next("ack");

    expect(answered).toBe(200);
    expect(again.credential).toBe(fresh);
    expect(await refusalOf(scene, old)).toBe(status.UNAUTHENTICATED);
    await using later = await scene.greeted(fresh);
    expect(later.received.some(({ message }) => message.case === "newCredential")).toBe(false);
    expect(scene.collector.store.nodes.get("neko")?.proof).toEqual({ state: "proven", by: "credential" });
  });

  it("hands it over when the machine comes back, if it was away", async () => {
    await using scene = await identityScene();
    const old = await scene.enrolled("neko");

    await scene.admin("POST", "/api/v1/credentials/neko/rotate");
    await using agent = await scene.greeted(old);
    const { credential } = await agent.next("newCredential");
    await using back = await scene.greeted(credential);
    back.report([observation(oneDisk)]);
    await back.next("ack");

    await hasOneCredential(scene, credential);
  });

  it("finds nothing to rotate for a machine that has no credential", async () => {
    await using scene = await identityScene();

    expect((await scene.admin("POST", "/api/v1/credentials/neko/rotate")).status).toBe(404);
  });
});

/** What the agent has on its disk when everything was killed, and what it shows first to the collector that comes after. */
interface Interleaving {
  readonly name: string;
  /** From the state of an agent that has `old`; gives what it has saved. */
  readonly before: (scene: IdentityClients, old: string) => Promise<string>;
  /** What it does after the collector was started again, with what it had saved. Default: it connects. */
  readonly after?: (scene: IdentityClients, old: string, saved: string) => Promise<FakeAgent>;
}

async function rotated(scene: IdentityClients, old: string): Promise<{ readonly agent: FakeAgent; readonly fresh: string }> {
  const agent = await scene.greeted(old);
  await scene.admin("POST", "/api/v1/credentials/neko/rotate");
  return { agent, fresh: (await agent.next("newCredential")).credential };
}

const interleavings: readonly Interleaving[] = [
  {
    name: "the successor was made, and never handed over",
    before: async (scene, old) => {
      await scene.admin("POST", "/api/v1/credentials/neko/rotate");
      return old;
    },
  },
  {
    name: "it was handed over, and the agent was killed before it had saved it",
    before: async (scene, old) => {
      const { agent } = await rotated(scene, old);
      agent.vanish();
      return old;
    },
  },
  {
    name: "the agent had saved it and not shown it",
    before: async (scene, old) => {
      const { agent, fresh } = await rotated(scene, old);
      agent.vanish();
      return fresh;
    },
  },
  {
    name: "the agent saved it while it came back with the old one",
    before: async (scene, old) => {
      const { agent, fresh } = await rotated(scene, old);
      agent.vanish();
      return fresh;
    },
    after: async (scene, old, saved) => {
      const agent = await scene.greeted(old);
      await agent.next("newCredential"); // another one, made anew
      authenticate(agent, saved);
      return agent;
    },
  },
  {
    name: "the agent had just shown it",
    before: async (scene, old) => {
      const { agent, fresh } = await rotated(scene, old);
      authenticate(agent, fresh);
      return fresh;
    },
  },
  {
    name: "it had taken the place of the old one",
    before: async (scene, old) => {
      const { agent, fresh } = await rotated(scene, old);
      authenticate(agent, fresh);
      await hasOneCredential(scene, fresh);
      return fresh;
    },
  },
];

describe("feature 7: credential rotation locks nobody out when the collector is killed", () => {
  it.each(interleavings)("when $name", { timeout: 120_000 }, async ({ before, after }) => {
    await using folder = await temporaryFolder();
    await using first = await collectorProcess(folder.path);
    const old = await first.clients.enrolled("neko");

    const saved = await before(first.clients, old);
    await first.kill();
    await using second = await collectorProcess(folder.path);
    const scene = second.clients;
    await using agent = after === undefined ? await scene.greeted(saved) : await after(scene, old, saved);
    agent.report([observation(oneDisk)]);
    await agent.next("ack");
    let now = saved;
    if (saved === old) {
      now = (await agent.next("newCredential")).credential;
      authenticate(agent, now);
    }

    await hasOneCredential(scene, now);
    expect(await refusalOf(scene, old)).toBe(status.UNAUTHENTICATED);
    agent.report([observation(oneDisk, { sequence: 2, uptimeMs: 101_000n })]);
    await agent.next("ack");
  });

  it("when it is killed in the middle of one rotation after the other", { timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder();
    let saved = "";
    for (let round = 0; round < 4; round += 1) {
      await using collector = await collectorProcess(folder.path);
      const scene = collector.clients;
      if (round === 0) saved = await scene.enrolled("neko");
      const { agent, fresh } = await rotated(scene, saved);
      if (round % 2 === 1) {
        saved = fresh;
        authenticate(agent, fresh);
      }
      await collector.kill();
    }
    await using collector = await collectorProcess(folder.path);
    await using agent = await collector.clients.greeted(saved);

    agent.report([observation(oneDisk)]);
    await agent.next("ack");
    expect((await collector.clients.vault()).credentials.length).toBeLessThanOrEqual(5);
  });
});
