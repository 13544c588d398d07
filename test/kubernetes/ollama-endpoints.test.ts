/**
 * The Services of Ollama's servers on a real API server, under the collector's own rights: servers that stop answering, one that blinks, an agent that is
 * silent, a Service of somebody else. That kube-proxy leads requests there is not tried here: there is none.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../ollama/until.ts";
import { inTime } from "../support/in-time.ts";
import type { KubernetesObject } from "./cluster-api.ts";
import { type House, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "./kubernetes-programs.ts";
import { type OllamaDouble, type RoutedScene, routedScene, startOllamaDoubles } from "./routed-scene.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const services = "/api/v1/namespaces/nodekeeper/services";
const slices = "/apis/discovery.k8s.io/v1/namespaces/nodekeeper/endpointslices";
const dark = "10.0.0.1";
const steady = "10.0.0.2";
const blinking = "10.0.0.3";
/** Of the machine with an agent. */
const machine = "100.64.0.9";

describe.skipIf(missing !== undefined)(`ollama-endpoints${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let doubles: ReadonlyMap<string, OllamaDouble> & AsyncDisposable;
  let scene: RoutedScene;

  beforeAll(async () => {
    house = await startHouse();
    doubles = await startOllamaDoubles([dark, steady, blinking, machine]);
    scene = await routedScene(house, doubles, [
      { name: "dark", url: `http://${dark}:11434`, roles: ["generation"] },
      { name: "steady", url: `http://${steady}:11434`, roles: ["generation"] },
      { name: "named", url: "http://localhost:11434", roles: ["generation"] },
      { name: "blinking", url: `http://${blinking}:11434`, roles: ["embeddings"] },
    ]);
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await scene?.[Symbol.asyncDispose]();
    await doubles?.[Symbol.asyncDispose]();
    await house?.[Symbol.asyncDispose]();
  });

  const slice = (name: string): Promise<KubernetesObject> => house.cluster.admin.get(`${slices}/${name}`);
  const addresses = async (name: string): Promise<readonly string[]> => {
    const endpoints = (await slice(name))["endpoints"]; // null where it is empty
    return Array.isArray(endpoints) ? endpoints.map((endpoint) => String(endpoint.addresses[0])) : [];
  };
  const stand = async (): Promise<readonly (string | undefined)[]> =>
    (await Promise.all(["ollama-generation-ipv4", "ollama-embeddings-ipv4"].map(slice))).map(
      ({ metadata }) => metadata.resourceVersion,
    );

  it("are planned first, and made when the plan is approved", async () => {
    const plan = await scene.planned(6);
    expect(plan.operations.map(({ node, item, after, waiting }) => [node, item, after, waiting?.for])).toEqual(
      [
        ["ollama-embeddings", machine, expect.any(String), "approval"],
        ["ollama-embeddings", blinking, "blinking", "approval"],
        ["ollama-embeddings", "service", "http:11434", "approval"],
        ["ollama-generation", dark, "dark", "approval"],
        ["ollama-generation", steady, "steady", "approval"],
        ["ollama-generation", "service", "http:11434", "approval"],
      ].toSorted(byPlace),
    );
    expect((await house.cluster.admin.ask("GET", `${services}/ollama-generation`)).status).toBe(404);

    await scene.reconciliation.approve(plan.hash, "mika");
    await until(async () => (await house.cluster.admin.ask("GET", `${slices}/ollama-embeddings-ipv4`)).status === 200);
    await until(async () => (await house.cluster.admin.ask("GET", `${slices}/ollama-generation-ipv4`)).status === 200);

    const service = await house.cluster.admin.get(`${services}/ollama-generation`);
    expect(service["spec"]).toMatchObject({ type: "ClusterIP", ports: [{ name: "http", port: 11434, protocol: "TCP" }] });
    expect(service["spec"]).not.toHaveProperty("selector");
    const made = await slice("ollama-generation-ipv4");
    expect(made).toMatchObject({
      addressType: "IPv4",
      metadata: {
        labels: {
          "kubernetes.io/service-name": "ollama-generation",
          "endpointslice.kubernetes.io/managed-by": "nodekeeper",
        },
        ownerReferences: [{ apiVersion: "v1", kind: "Service", name: "ollama-generation", uid: service.metadata.uid }],
      },
      ports: [{ name: "http", port: 11434, protocol: "TCP" }],
    });
    const conditions = { ready: true, serving: true, terminating: false };
    expect(made["endpoints"]).toEqual([dark, steady].map((address) => ({ addresses: [address], conditions })));
    expect([...(await addresses("ollama-embeddings-ipv4"))].sort()).toEqual([blinking, machine].sort());
    expect((await house.cluster.admin.ask("GET", `${slices}/ollama-generation-ipv6`)).status).toBe(404);
  });

  it("are explained, and say why a server is left out", async () => {
    const told = await scene.reconciliation.explain("ollama-generation", undefined);

    expect(told.find(({ item }) => item === steady)).toMatchObject({ live: "steady", owner: "ours", why: "steady answers" });
    expect(told.find(({ item }) => item === "named")).toMatchObject({
      ...{ wanted: "hold", why: expect.stringContaining("a Service leads to IP addresses only") },
    });
  });

  it("lose a server within five seconds of its going dark, change once for one that blinks, and not for a silent agent", {
    timeout: 150_000,
  }, async () => {
    const [, before] = await stand();
    scene.passWallTime(3_600_000); // the agent says nothing for an hour
    const left = inTime(
      (ms) => ms < 5_000,
      async () => {
        doubles.get(dark)?.set("well");
        await until(async () => (await addresses("ollama-generation-ipv4")).includes(dark));
        doubles.get(dark)?.set("hanging");
        const darkAtMs = performance.now();
        await until(async () => (await addresses("ollama-generation-ipv4")).join() === steady, 50);
        return performance.now() - darkAtMs;
      },
    );
    const versions = new Set([before]);
    for (let second = 0; second < 10; second++) {
      doubles.get(blinking)?.set(second % 2 === 0 ? "hanging" : "well");
      await sleep(1_000);
      versions.add((await stand())[1]);
      expect(await addresses("ollama-embeddings-ipv4")).toContain(machine);
    }

    expect(scene.isAgentSilent()).toBe(true);
    expect(await left).toBeLessThan(5_000);
    expect(versions.size - 1).toBeLessThanOrEqual(1);
    doubles.get(blinking)?.set("well");
  });

  it("stay when the collector ends, and while the next one has asked nobody yet", async () => {
    const before = await stand();
    await scene.stop();
    expect(await stand()).toEqual(before);

    await scene.start();
    await sleep(1_000);

    expect(await addresses("ollama-generation-ipv4")).toEqual([steady]);
    expect(await addresses("ollama-embeddings-ipv4")).toContain(machine);
  });

  it("are put back when somebody changes or deletes them", { timeout: 120_000 }, async () => {
    const { admin } = house.cluster;
    const merge = "application/merge-patch+json";
    await admin.ask("PATCH", `${slices}/ollama-generation-ipv4`, { endpoints: [{ addresses: ["10.6.6.6"] }] }, merge);
    await admin.delete(`${services}/ollama-embeddings`);
    await scene.stop();
    await scene.start(); // a collector that runs looks every ten seconds

    await until(async () => (await addresses("ollama-generation-ipv4")).join() === steady);
    const service = await until(async () => {
      const { status, body } = await admin.ask("GET", `${services}/ollama-embeddings`);
      return status === 200 && (body as KubernetesObject); // a Service
    });
    await until(async () => {
      const { metadata } = await slice("ollama-embeddings-ipv4");
      return Object(metadata["ownerReferences"])[0].uid === service.metadata.uid;
    });
  });

  it("go with prune, and one of somebody else stays untouched", { timeout: 120_000 }, async () => {
    const { admin } = house.cluster;
    expect(await scene.reconciliation.prune({ keepLabels: false }, "mika")).toMatchObject({ nodes: 2, failed: [], left: [] });
    for (const path of [`${services}/ollama-generation`, `${slices}/ollama-generation-ipv4`, `${slices}/ollama-embeddings-ipv4`])
      expect((await admin.ask("GET", path)).status).toBe(404);

    const theirs = await admin.create(services, {
      metadata: { name: "ollama-generation" },
      spec: { selector: { app: "ollama" }, ports: [{ port: 80 }] },
    });
    await scene.stop();
    await scene.start();
    const { hash, held } = await scene.planned(2);
    expect(held).toContainEqual(
      expect.objectContaining({ node: "ollama-generation", reason: expect.stringContaining("is not ours, and stays as it is") }),
    );
    await scene.reconciliation.approve(hash, "mika");
    await until(async () => (await admin.ask("GET", `${slices}/ollama-embeddings-ipv4`)).status === 200);

    expect(scene.reconciliation.problems().join()).toContain("Service ollama-generation is not ours");
    expect(await admin.get(`${services}/ollama-generation`)).toEqual(theirs);
    expect((await admin.ask("GET", `${slices}/ollama-generation-ipv4`)).status).toBe(404);
  });

  it("are the only ones that the collector may make, read or delete", async () => {
    const { collector } = house;
    const apply = "application/apply-patch+yaml";
    const body = { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }] } };
    const other = `${services}/nodekeeper-collector`;

    const answers = await Promise.all([
      collector.ask("PATCH", `${other}?fieldManager=nodekeeper`, { ...body, metadata: { name: "nodekeeper-collector" } }, apply),
      collector.ask("POST", services, { ...body, metadata: { name: "ollama" } }),
      collector.ask("GET", services),
      collector.ask("DELETE", other),
      collector.ask("GET", slices),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  });
});

/** As a plan lists them. */
function byPlace(a: readonly unknown[], b: readonly unknown[]): number {
  const [left, right] = [a.slice(0, 2).join(" "), b.slice(0, 2).join(" ")];
  return left < right ? -1 : 1;
}
