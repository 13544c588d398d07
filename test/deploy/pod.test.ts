/**
 * deploy/ as it runs in a cluster, but for the kubelet: the manifests lie in a real API server, the collector's container keeps its vault in the Secret
 * and publishes its authority there, and the agent's two containers report to it by TLS with a token that the API server made for their pod. All
 * containers are made from the manifests by `runtime-spec.ts`, from the built images, and run by runc on a node of the test's own.
 */
import { systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../durability/wait-until.ts";
import { type Cluster, startCluster } from "../kubernetes/cluster.ts";
import { createNode, createPod, requestAccountToken, requestPodToken } from "../kubernetes/cluster-objects.ts";
import { kubernetesPrograms, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { relayApi } from "./api-relay.ts";
import { builtImage, type Image, imageBuildLimitMs, missingForImages } from "./images.ts";
import { deployFolder, manifests, missingForManifests, objectOf, podSpecOf } from "./manifests.ts";
import type { Ended } from "./outcome.ts";
import { type PodContents, preparePod } from "./pod-on-node.ts";
import type { Container, PodSpec } from "./pod-spec.ts";
import { givenBeyondOrdinary, privilegeRows } from "./privilege-rows.ts";
import { missingForNode, type RunningContainer, startTestNode, type TestNode } from "./test-node.ts";

const missing = missingForManifests() ?? missingForImages() ?? missingForNode() ?? (await missingForKubernetes());
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const limitMs = 90_000;
/** A whole agent has its stream in less, here even beside other work. */
const settledMs = 3_000;
const api = { host: "127.0.0.1", port: 6443 };
const names = ["nodekeeper-collector.nodekeeper.svc"];
const reportRows = privilegeRows().filter((row) => row.container === "report");

describe.skipIf(missing !== undefined)(
  `feature 88: split: the pods of deploy/, run for real${whyNot}`,
  { timeout: 90_000 },
  () => {
    const parts = new AsyncDisposableStack();
    let cluster: Cluster;
    let node: TestNode;
    let images: { readonly agent: Image; readonly collector: Image };
    let agent: PodSpec;
    let contents: PodContents;
    let collector: RunningContainer;
    let probe: RunningContainer;
    let report: RunningContainer;

    beforeAll(async () => {
      images = { agent: await builtImage("agent"), collector: await builtImage("collector") };
      cluster = parts.use(await startCluster(await kubernetesPrograms()));
      const objects = await manifests(deployFolder);
      const isNamespace = (kind: string | undefined): boolean => kind === "Namespace";
      await cluster.admin.apply(
        ...objects.filter(({ kind }) => isNamespace(kind)),
        ...objects.filter(({ kind }) => !isNamespace(kind)),
      );
      await createNode(cluster.admin, "bobcat");
      node = parts.use(await startTestNode());
      parts.use(await relayApi(node, cluster.url));

      collector = await startCollector(podSpecOf(objectOf(objects, "StatefulSet", "nodekeeper-collector")));
      agent = podSpecOf(objectOf(objects, "DaemonSet", "nodekeeper-agent"));
      const pod = { namespace: "nodekeeper-agents", name: "agent", node: "bobcat", serviceAccount: "nodekeeper-agent" };
      const token = await requestPodToken(cluster.admin, await createPod(cluster.admin, pod), {
        audience: "nodekeeper",
        lifetimeSeconds: 3600,
      });
      const ca = await waitUntil("the collector publishes its authority", limitMs, publishedAuthority);
      contents = {
        fields: { "spec.nodeName": "bobcat", "status.hostIP": "127.0.0.1", "metadata.name": "agent" },
        ...{ files: { token: { token }, ca: { "ca.crt": ca } }, api, names },
      };
    }, imageBuildLimitMs);

    afterAll(async () => {
      await parts.disposeAsync();
    }, limitMs);

    it.each(reportRows)("reports nothing without $what", async ({ what, breaks }) => {
      expect(breaks).toEqual(["reports nothing"]);
      const taken = givenBeyondOrdinary(agent).find((given) => given.container === "report" && given.what === what);
      const prepared = await preparePod(node, agent, contents);
      const read = await prepared.start(containerOf(agent, "probe"), images.agent);
      await waitUntil("the probe's container answers", limitMs, async () => (await readiness(node, 7062)) !== undefined);
      const cut = await prepared.start(taken?.without ?? containerOf(agent, "report"), images.agent);
      let hasEnded = false;
      void cut.ended.then(() => {
        hasEnded = true;
      });

      await waitUntil(
        "it ends, or says that it is not ready",
        limitMs,
        async () => hasEnded || (await readiness(node, 7063)) === "503",
      );

      await systemClock.sleep(settledMs, new AbortController().signal);
      expect(await readiness(node, 7063)).not.toBe("200");
      expect(await ask("nodes", "--json")).not.toContain('"bobcat"');
      await Promise.all([cut.stop(), read.stop()]);
    });

    it("reports to the collector as the node that its token names", async () => {
      const prepared = await preparePod(node, agent, contents);
      probe = await prepared.start(containerOf(agent, "probe"), images.agent);
      report = await prepared.start(containerOf(agent, "report"), images.agent);

      const found = await waitUntil("the collector has heard of all probes", limitMs, async () => {
        const answer = await ask("node", "bobcat", "--json");
        return answer?.includes('"longhorn"') && answer.includes('"raspberry-pi"') ? answer : undefined;
      }).catch((thrown: unknown) => {
        throw new Error(
          `${String(thrown)}\n${collector.log().slice(-2000)}\n${report.log().slice(-2000)}\n${probe.log().slice(-2000)}`,
        );
      });

      const probes = Object.fromEntries((JSON.parse(found) as NodeAnswer).probes.map(({ name, outcome }) => [name, outcome]));
      expect(probes).toMatchObject({
        ...{ system: "ok", disks: "ok", "kernel-log": "ok", network: "ok", sensors: "ok", "raspberry-pi": "ok" },
        ...{ kubernetes: "ok", longhorn: "ok" },
      });
    });

    it("is ready, both of it", async () => {
      for (const port of [7062, 7063]) await waitUntil(`/readyz at ${port}`, limitMs, () => isReady(port));
    });

    it("keeps the collector's keys in the Secret, and asks the API server for nothing that it may not", async () => {
      const secret = await cluster.admin.get("/api/v1/namespaces/nodekeeper/secrets/nodekeeper-vault");
      expect(Object.keys(secret["data"] as object)).toEqual(["vault.json"]); // core/v1

      const asked = (await cluster.requests()).filter(
        ({ user }) => user === "system:serviceaccount:nodekeeper:nodekeeper-collector",
      );
      expect(asked.filter(({ status }) => status === 403)).toEqual([]);
      expect(new Set(asked.map(({ verb, resource }) => `${verb} ${resource}`))).toContain(
        "create tokenreviews.authentication.k8s.io",
      );
      expect((await cluster.requests()).filter(({ user }) => user.includes("nodekeeper-agent"))).toEqual([]);
    });

    it("says goodbye when its pod is deleted, within its grace", async () => {
      const graceMs = (agent.terminationGracePeriodSeconds ?? 0) * 1000;

      const startedMs = performance.now();

      const ended = await Promise.all([stopped("report", report), stopped("probe", probe)]);

      expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      expect(performance.now() - startedMs).toBeLessThan(graceMs);
      expect(collector.log()).toMatch(/"goodbye":"stopped","msg":"an agent left"/);
      expect(await collector.stop()).toMatchObject({ exitCode: 0 });
    });

    /** As the kubelet does it: all containers at the same time, each after what it is to wait for. */
    async function stopped(name: string, container: RunningContainer): Promise<Ended> {
      const seconds = containerOf(agent, name).lifecycle?.preStop?.sleep?.seconds ?? 0;
      await systemClock.sleep(seconds * 1000, new AbortController().signal);
      return await container.stop();
    }

    async function startCollector(pod: PodSpec): Promise<RunningContainer> {
      const account = { namespace: "nodekeeper", name: "nodekeeper-collector" };
      const access = {
        token: await requestAccountToken(cluster.admin, account, { lifetimeSeconds: 3600 }),
        "ca.crt": cluster.admin.access.authority,
        namespace: account.namespace,
      };
      const fields = { "metadata.name": "collector" };
      const prepared = await preparePod(node, pod, {
        fields,
        files: { "kube-api-access": access },
        claims: ["data"],
        api,
        names,
      });
      return await prepared.start(containerOf(pod, "collector"), images.collector);
    }

    async function publishedAuthority(): Promise<string | undefined> {
      const { data } = await cluster.admin.get("/api/v1/namespaces/nodekeeper-agents/configmaps/nodekeeper-ca");
      return (data as Readonly<Record<string, string>> | undefined)?.["ca.crt"]; // core/v1
    }

    /** As `kubectl exec` in the collector's pod. */
    async function ask(...argv: readonly string[]): Promise<string | undefined> {
      const { exitCode, stdout } = await node.exec("collector-collector", ["/usr/bin/nodekeeper", ...argv]);
      return exitCode === 0 || stdout.startsWith("{") ? stdout : undefined;
    }

    async function isReady(port: number): Promise<boolean> {
      return (await readiness(node, port)) === "200";
    }
  },
);

interface NodeAnswer {
  readonly probes: readonly { readonly name: string; readonly outcome: string }[];
}

/** The status of /readyz as a kubelet would see it; undefined where nobody answers. */
async function readiness(node: TestNode, port: number): Promise<string | undefined> {
  const { stderr } = await node.run("busybox", "wget", "-S", "-O", "/dev/null", `http://127.0.0.1:${port}/readyz`);
  return /HTTP\/1\.1 (\d{3})/.exec(stderr)?.[1];
}

function containerOf({ containers }: PodSpec, name: string): Container {
  const container = containers.find((candidate) => candidate.name === name);
  if (container === undefined) throw new Error(`the pod has no container ${name}`);
  return container;
}
