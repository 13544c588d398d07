/** What a whole collector says of a cluster: Nodes of a real API server become findings of the cluster, for people, tools and metrics. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StreamClient } from "../../collector/src/api/test-support/stream-client.ts";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";
import type { Finding } from "../../packages/shared/src/api/index.ts";
import { aCollector, type CollectorUnderTest } from "../integration/collector-under-test.ts";
import { until } from "../ollama/until.ts";
import { createNode, requestAccountToken } from "./cluster-objects.ts";
import { type House, names, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes, restartLimitMs } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const strategic = "application/strategic-merge-patch+json";
const minuteMs = 60_000;

describe.skipIf(missing !== undefined)(`advice about a cluster${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let collector: CollectorUnderTest;
  let store: FakeStore;
  let kubeconfig: string;

  /** A server of K3s, on the tailnet, with its etcd in it. */
  async function becomeServer(name: string, address: string, kubeletVersion = "v1.33.6+k3s1"): Promise<void> {
    const path = `/api/v1/nodes/${name}`;
    const now = new Date().toISOString();
    const times = { lastHeartbeatTime: now, lastTransitionTime: now, message: "" };
    const { admin } = house.cluster;
    await admin.ask("PATCH", path, { metadata: { labels: { "node-role.kubernetes.io/etcd": "true" } } }, strategic);
    const status = {
      conditions: [
        { type: "Ready", status: "True", reason: "KubeletReady", ...times },
        { type: "EtcdIsVoter", status: "True", reason: "MemberNotLearner", ...times },
      ],
      addresses: [{ type: "InternalIP", address }],
      nodeInfo: { kubeletVersion },
    };
    const answer = await admin.ask("PATCH", `${path}/status`, { status }, strategic);
    expect(answer).toMatchObject({ status: 200 });
  }

  const start = (): Promise<CollectorUnderTest> => aCollector({ store, args: ["--kubernetes=on", `--kubeconfig=${kubeconfig}`] });
  const shown = async (rule: string): Promise<Finding | undefined> =>
    (await collector.findings()).find((finding) => finding.rule === rule);

  beforeAll(async () => {
    house = await startHouse();
    await becomeServer("badger", "100.64.0.1");
    await becomeServer("otter", "100.64.0.2", "v1.34.0+k3s1");
    const token = await requestAccountToken(house.cluster.admin, names.collector, { lifetimeSeconds: 3600 });
    kubeconfig = await house.cluster.kubeconfig(token);
    store = new FakeStore();
    collector = await start();
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await collector?.[Symbol.asyncDispose]();
    await house?.[Symbol.asyncDispose]();
  });

  it("is in the list, in the stream and among the metrics, and about no node", async () => {
    const quorum = await until(() => shown("etcd-quorum"));
    const client = new StreamClient(collector.url);
    await client.open();
    // Each of them needs more than the first: the API server's version, all addresses, a message.
    await until(async () => [...client.findings.values()].some(({ rule }) => rule === "etcd-quorum"));
    client.drop();
    const skew = await until(() => shown("kubernetes-version-skew"));
    const onTailnet = await until(() => shown("etcd-on-tailnet"));

    expect(quorum).toMatchObject({
      ...{ node: "", subject: { kind: "cluster", id: "" }, severity: "high", state: "pending" },
      text: expect.stringContaining("etcd has two members (badger and otter)"),
    });
    expect(skew).toMatchObject({
      subject: { kind: "node", id: "otter" },
      text: expect.stringMatching(/^the kubelet of otter \(v1\.34\.0\+k3s1\) is newer than the API server \(v1\.33\./),
    });
    expect(onTailnet).toMatchObject({ severity: "low" });
    expect(await collector.metric('nodekeeper_collector_findings{rule="etcd-quorum",state="pending"}')).toBe(1);
  });

  it("is over when it is no more so: a third server", async () => {
    await createNode(house.cluster.admin, "weasel");
    await becomeServer("weasel", "100.64.0.3");

    await until(async () => (await shown("etcd-quorum")) === undefined);

    await until(async () => (await shown("etcd-on-tailnet"))?.text.includes("(badger, otter and weasel)"));
  });

  it(
    "stands over a restart while the API server is away, and fires when it is heard and the time has come",
    async () => {
      await collector[Symbol.asyncDispose]();
      const longAgo = new Date(Date.now() - 61 * minuteMs).toISOString();
      for (const [id, finding] of store.findings) store.findings.set(id, { ...finding, pendingSince: longAgo });
      await house.cluster.stop();
      collector = await start();
      const held = await until(async () => {
        const skew = await shown("kubernetes-version-skew");
        return skew?.isHeld === true && skew;
      });
      expect(held.state).toBe("pending");

      await house.cluster.start();

      const firing = await until(async () => {
        const skew = await shown("kubernetes-version-skew");
        return skew?.state === "firing" && !skew.isHeld && skew;
      });
      expect(firing).toMatchObject({ node: "", subject: { id: "otter" } });
    },
    restartLimitMs,
  );
});
