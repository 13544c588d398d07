/** A whole collector in a cluster: its vault in the Secret, its authority in the ConfigMap, agents by their pods' tokens. A real API server. */
import { setTimeout as sleep } from "node:timers/promises";
import { credentials, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observation } from "../../collector/src/test-support/observations.ts";
import { collectorServerName } from "../../packages/shared/src/index.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { aCollector, type CollectorUnderTest, eventually } from "../integration/collector-under-test.ts";
import { until } from "../ollama/until.ts";
import { deletePod, type MadePod, requestAccountToken, requestPodToken } from "./cluster-objects.ts";
import { type House, names, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes, restartLimitMs } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const objects = "/api/v1/namespaces/nodekeeper";
const anotherMachine = "9".repeat(32);

describe.skipIf(missing !== undefined)(`a collector in a cluster${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let kubeconfig: string;
  let collector: CollectorUnderTest;
  let badger: MadePod;

  beforeAll(async () => {
    house = await startHouse();
    const { admin } = house.cluster;
    await admin.create(`${objects}/secrets`, { metadata: { name: names.vaultSecret.name } });
    await admin.create(`${objects}/configmaps`, { metadata: { name: names.caConfigMap.name } });
    kubeconfig = await house.cluster.kubeconfig(await requestAccountToken(admin, names.collector, { lifetimeSeconds: 3600 }));
    collector = await start();
    badger = await house.agentPod("agent-badger", "badger");
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await collector?.[Symbol.asyncDispose]();
    await house?.[Symbol.asyncDispose]();
  });

  const start = (signal?: AbortSignal): Promise<CollectorUnderTest> =>
    aCollector({
      ...(signal === undefined ? {} : { signal }),
      args: [
        ...["--kubernetes=on", `--kubeconfig=${kubeconfig}`, "--public-grpc-listen=127.0.0.1:0", "--public-name=collector.home"],
        ...[`--vault-secret=${named(names.vaultSecret)}`, `--ca-config-map=${named(names.caConfigMap)}`],
      ],
    });
  const mountedCa = (): Promise<string> =>
    until(
      async () => Object((await house.cluster.admin.get(`${objects}/configmaps/${names.caConfigMap.name}`))["data"])["ca.crt"],
    );

  /** An agent that trusts what its pod has mounted. */
  async function connect(token: string, mounted?: string): Promise<FakeAgent> {
    const address = collector.publicGrpcAddress;
    if (address === undefined) throw new Error("it was told to listen");
    const channel = { "grpc.ssl_target_name_override": collectorServerName };
    return connectAgent(address, channel, credentials.createSsl(Buffer.from(mounted ?? (await mountedCa()))), token);
  }

  async function greeted(token: string, node: string): Promise<FakeAgent> {
    const agent = await connect(token);
    agent.hello({ nodeName: node });
    await agent.next("helloAck");
    return agent;
  }

  const proofOf = async (node: string): Promise<unknown> => (await collector.node(node)).summary.proof;
  const lastRefusal = (): unknown => collector.store.audit.filter(({ outcome }) => outcome === "refused").at(-1);

  describe("feature 5: a report for a node is accepted only from that node", () => {
    it("an agent is taken as the node of its pod, and proven once the API server has confirmed it", async () => {
      await using agent = await greeted(await house.agentToken(badger), "badger");

      await eventually(async () => expect(await proofOf("badger")).toBe("proven"));
      await agent.next("trust");
    });

    it("with another node's name in its Hello it is refused, and that is audited", async () => {
      await using agent = await connect(await house.agentToken(badger));

      agent.hello({ nodeName: "otter" });

      expect(await agent.ended).toMatchObject({
        code: status.PERMISSION_DENIED,
        details: expect.stringContaining("IDENTITY_MISMATCH"),
      });
      expect(lastRefusal()).toMatchObject({ target: { kind: "node", name: "otter" }, detail: expect.stringContaining("badger") });
    });

    it("with a token for another audience, or of another account, it is refused, and that is audited", async () => {
      const { admin } = house.cluster;
      const audience = await requestPodToken(admin, badger, { audience: "vault" });
      const account = await requestAccountToken(admin, names.collector, { audience: names.audience });
      for (const [token, why] of [
        [audience, "not for the audience nodekeeper"],
        [account, "of the ServiceAccount nodekeeper/nodekeeper-collector"],
      ] as const) {
        await using agent = await connect(token);
        agent.hello({ nodeName: "badger" });

        expect(await agent.ended).toMatchObject({ code: status.UNAUTHENTICATED, details: expect.stringContaining(why) });
        // The same refusal is audited once a minute.
        expect(lastRefusal()).toMatchObject({ detail: expect.stringContaining("not for the audience nodekeeper") });
        expect(JSON.stringify(collector.store.audit)).not.toContain(token.slice(0, 40));
      }
    });

    it("with the token of a pod that is gone its stream ends as soon as the API server says so", async () => {
      const gone = await house.agentPod("agent-gone", "otter");
      const token = await house.agentToken(gone);
      await deletePod(house.cluster.admin, gone);

      await using agent = await connect(token);
      agent.hello({ nodeName: "otter" });

      expect(await agent.ended).toMatchObject({
        code: status.UNAUTHENTICATED,
        details: expect.stringContaining("IDENTITY_REFUSED"),
      });
      expect(lastRefusal()).toMatchObject({ detail: expect.stringContaining("agent-gone/") });
    });
  });

  describe("feature 7: credential rotation with no downtime", () => {
    it("an agent shows its renewed token on the open stream, and goes on", async () => {
      await using agent = await greeted(await house.agentToken(badger), "badger");

      agent.send({
        case: "authenticate",
        value: { $typeName: "nodekeeper.v1.Authenticate", credential: await house.agentToken(badger) },
      });
      agent.report([observation({})]);

      await agent.next("ack");
      await eventually(async () => expect(await proofOf("badger")).toBe("proven"));
    });
  });

  describe("feature 8: a cloned identity is noticed", () => {
    it("a renewed token that is shown by another machine, while the first is connected, is refused", async () => {
      await using _ = await greeted(await house.agentToken(badger), "badger");
      await using copy = await connect(await house.agentToken(badger));

      copy.hello({ nodeName: "badger", machineId: anotherMachine, epoch: "copied" });

      expect(await copy.ended).toMatchObject({
        code: status.ALREADY_EXISTS,
        details: expect.stringContaining("is connected as badger"),
      });
      const cloned = { rule: "identity-cloned", node: "badger", state: "firing", text: expect.stringContaining(anotherMachine) };
      await eventually(async () => expect(await collector.findings()).toContainEqual(expect.objectContaining(cloned)));
    });
  });

  it(
    "while the API server is away agents come and go, unreviewed, and are proven when it is back",
    async () => {
      const token = await house.agentToken(await house.agentPod("agent-otter", "otter"));
      const mounted = await mountedCa();
      await house.cluster.stop();
      await using agent = await connect(token, mounted);

      agent.hello({ nodeName: "otter" });
      await agent.next("helloAck");

      await eventually(async () => expect(await proofOf("otter")).toBe("unreviewed"));
      await house.cluster.start();
      await until(async () => (await proofOf("otter")) === "proven");
    },
    restartLimitMs,
  );

  it(
    "a collector that is started anew with an empty database has its authority from the Secret: agents trust it as before",
    async () => {
      const trusted = await mountedCa();
      await collector[Symbol.asyncDispose]();
      collector = await start();

      await using agent = await greeted(await house.agentToken(badger), "badger");

      expect(await mountedCa()).toBe(trusted);
      expect(agent.received.length).toBeGreaterThan(0);
    },
    restartLimitMs,
  );

  it(
    "a collector that starts before the API server does waits for it, and ends when it is told to while it waits",
    async () => {
      await collector[Symbol.asyncDispose]();
      await house.cluster.stop();
      const stopping = new AbortController();
      const ended = expect(start(stopping.signal)).rejects.toMatchObject({ name: "AbortError" });
      const starting = start();
      await sleep(1_000);
      stopping.abort();
      await ended;

      await house.cluster.start();
      collector = await starting;

      await using _ = await greeted(await house.agentToken(badger), "badger");
    },
    restartLimitMs,
  );
});

function named({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
