/**
 * A whole collector against a real API server, with the collector's own rights and under the admission policy: an agent speaks, a person approves,
 * asks, decides otherwise and takes everything back, by the API as the CLI does.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "@nodekeeper/shared/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../ollama/until.ts";
import { inTime } from "../support/in-time.ts";
import type { KubernetesObject } from "./cluster-api.ts";
import { type House, names, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes, restartLimitMs } from "./kubernetes-programs.ts";
import { badgerPath, domain, gpu, type LabelledBadger, labelledBadger, product } from "./labelled-badger.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const never = new AbortController().signal;

describe.skipIf(missing !== undefined)(`reconciliation${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let scene: LabelledBadger;
  let before: KubernetesObject;

  beforeAll(async () => {
    house = await startHouse();
    before = await house.cluster.admin.get(badgerPath);
    scene = await labelledBadger(house);
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await scene?.[Symbol.asyncDispose]();
    await house?.[Symbol.asyncDispose]();
  });

  it("shows its first plan with what is held, and writes nothing", async () => {
    await scene.report(true);
    const plan = await until(async () => {
      const now = await scene.people.plan(never);
      return now.operations.some(({ item }) => item === gpu) && now;
    });

    expect(plan.isApproved).toBe(false);
    expect(plan.operations.find(({ item }) => item === gpu)).toMatchObject({
      ...{ reconciler: "node-labels", node: "badger", kind: "set", class: "describe", after: product },
      waiting: { for: "approval" },
    });
    expect(plan.held).toContainEqual({
      ...{ reconciler: "node-labels", node: "badger", item: `${domain}/disk`, reason: expect.any(String) },
    });
    expect(plan.held).toContainEqual(expect.objectContaining({ node: "otter", item: "" }));
    expect(await house.cluster.admin.get(badgerPath)).toEqual(before);
    const { isWriting } = await until(async () => {
      const now = await scene.status();
      return now.notWritingBecause?.includes("no plan was approved") === true && now;
    });
    expect(isWriting).toBe(false);
    expect((await scene.explained("gpu")).next).toContain("when the first plan is approved");
  });

  it("refuses another hash, and writes what was shown when it is approved by its own", async () => {
    await expect(scene.people.approvePlan("0123456789abcdef", never)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await scene.labels()).toEqual(before.metadata.labels);

    await approvePresent(scene.people);
    await scene.untilLabelled(product);

    expect(await scene.status()).toMatchObject({ isWriting: true, approval: { by: expect.any(String) } });
    const decisions = await house.cluster.admin.get(`/api/v1/namespaces/nodekeeper/configmaps/${names.decisions.name}`);
    expect(JSON.parse(String(Object(decisions["data"])["decisions.json"]))).toMatchObject({ version: 1, overrides: [] });
  });

  it("explains a label by the policy's line, the facts, the audit and what would change it, and a foreign one by its writer", async () => {
    const own = await until(async () => {
      const explanation = await scene.explained("gpu");
      return explanation.live !== undefined && explanation.actions.length > 0 && explanation;
    });

    expect(own).toMatchObject({
      ...{ item: gpu, live: product, owner: "ours", wanted: "value", value: product },
      ...{ place: expect.stringMatching(/policy\.yaml:5:\d+$/), expression: "gpus.size() > 0 ? gpus[0].product : null" },
      facts: [{ path: "gpus", probe: "gpu", freshness: "fresh" }],
      next: "stays so until gpus or the policy changes",
    });
    const { records } = await scene.people.audit({ node: "badger", limit: 100 }, never);
    expect(records.find(({ id }) => id === own.actions[0])).toMatchObject({
      ...{ outcome: "done", actor: { kind: "collector" }, changes: [{ item: gpu, after: product }] },
    });
    expect(await scene.explained("kubernetes.io/hostname")).toMatchObject({
      ...{ live: "badger", owner: "foreign", why: expect.stringContaining("it is not ours: written by") },
    });
    expect(await scene.explained("disk")).toMatchObject({ wanted: "hold", next: expect.stringMatching(/^stays as it is until/) });
    await expect(scene.people.explain("badger", "example.com/none", never)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("puts back within two seconds what somebody changed by kubectl", async () => {
    const tookMs = await inTime(
      (ms) => ms < 2_000,
      async () => {
        const patch = { metadata: { labels: { [gpu]: "voodoo" } } };
        const path = `${badgerPath}?fieldManager=kubectl-label`;
        await house.cluster.admin.ask("PATCH", path, patch, "application/merge-patch+json");
        const changedAtMs = performance.now();
        await scene.untilLabelled(product);
        return performance.now() - changedAtMs;
      },
    );

    expect(tookMs).toBeLessThan(2_000);
  });

  it("removes in mode plan only what was approved by the hash of a later plan", async () => {
    await scene.report(false);
    const plan = await until(async () => {
      const now = await scene.people.plan(never);
      return now.operations.some(({ kind, waiting }) => kind === "remove" && waiting?.for === "mode") && now;
    });
    expect(await scene.labels()).toHaveProperty(gpu);

    await scene.people.approvePlan(plan.hash, never);

    await scene.untilLabelled(undefined);
    await scene.report(true);
    await scene.untilLabelled(product);
  });

  it("keeps a label as somebody wants it until that is ended", async () => {
    await scene.people.override({ node: "badger", item: "gpu", value: "reserved", forSeconds: 3_600, reason: "a game" }, never);
    await scene.untilLabelled("reserved");

    expect(await scene.explained("gpu")).toMatchObject({
      override: { value: "reserved", reason: "a game" },
      next: expect.stringContaining("until"),
    });
    await scene.people.endOverride("badger", "gpu", never);
    await scene.untilLabelled(product);
    await expect(
      scene.people.override({ node: "badger", item: "kubernetes.io/hostname", forSeconds: 60 }, never),
    ).rejects.toMatchObject({
      code: "REQUEST_INVALID",
    });
    await expect(scene.people.override({ node: "nobody", item: "gpu", forSeconds: 60 }, never)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("reverts an action of the audit once, and writes it again when the override ends", async () => {
    const { records } = await scene.people.audit({ node: "badger", limit: 100 }, never);
    const set = records.find(
      ({ outcome, changes }) => outcome === "done" && changes?.some(({ item, before }) => item === gpu && before === undefined),
    );

    await scene.people.revert(set?.id ?? 0, 3_600, never);

    await scene.untilLabelled(undefined);
    await expect(scene.people.revert(set?.id ?? 0, 3_600, never)).rejects.toMatchObject({ code: "CONFLICT" });
    await scene.people.endOverride("badger", "gpu", never);
    await scene.untilLabelled(product);
  });

  it("writes nothing while it is paused, says so, and catches up soon after", async () => {
    const annotate = (value: string | null) =>
      house.cluster.admin.ask(
        "PATCH",
        `/api/v1/namespaces/${names.namespace}`,
        { metadata: { annotations: { [`${domain}/paused`]: value } } },
        "application/merge-patch+json",
      );
    await annotate("true");
    await sleep(1_000);
    await scene.people.override({ node: "badger", item: "gpu", value: "paused", forSeconds: 3_600 }, never);
    await until(async () => (await scene.explained("gpu")).waiting?.for === "pause");
    expect((await scene.labels())[gpu]).toBe(product);
    expect(await scene.status()).toMatchObject({ isWriting: false, notWritingBecause: expect.stringContaining("paused") });

    await annotate(null);
    const clearedAtMs = performance.now();

    await scene.untilLabelled("paused");
    expect(performance.now() - clearedAtMs).toBeLessThan(8_000); // without a word of it, it would look after ten seconds
    await scene.people.endOverride("badger", "gpu", never);
    await scene.untilLabelled(product);
  });

  it(
    "stands by while another collector writes, and goes on from its decisions when that one stops",
    async () => {
      const second = await scene.startAnother();
      await using _ = second.collector;
      const isWriting = async (): Promise<string | true> => {
        const overview = await second.people.reconcile(never);
        return overview.isConfigured && overview.isWriting ? true : (overview.notWritingBecause ?? "");
      };
      await until(async () => String(await isWriting()).includes("another collector writes"));
      await expect(second.people.prune({ keepLabels: false }, never)).rejects.toMatchObject({ code: "CONFLICT" });

      await scene.stop();
      const stoppedAtMs = performance.now();
      await until(async () => (await isWriting()) === true);

      expect(performance.now() - stoppedAtMs).toBeLessThan(8_000); // a Lease that is not given back holds for ten seconds
      // It heard of no agent yet: what is there stays.
      expect(await scene.labels()).toHaveProperty([gpu], product);
      await scene.restart();
    },
    restartLimitMs,
  );

  it("takes everything back and leaves labels where they are, nobody's", async () => {
    await until(async () => (await scene.status()).isWriting);

    expect(await scene.people.prune({ keepLabels: true }, never)).toEqual({ nodes: 1, failed: [], left: [] });

    const { metadata, status } = await house.cluster.admin.get(badgerPath);
    expect(metadata.labels).toEqual({ ...before.metadata.labels, [gpu]: product });
    expect(metadata.annotations).toEqual(before.metadata.annotations);
    expect(JSON.stringify(status)).not.toContain("GPUHealthy");
    await until(async () => (await scene.explained("gpu")).owner === "foreign"); // the watch tells it
    const patch = { metadata: { labels: { [gpu]: null } } };
    await house.cluster.admin.ask("PATCH", badgerPath, patch, "application/merge-patch+json");
  });

  it("takes everything back, the approval first, and shows the plan anew", async () => {
    await scene.report(true);
    await approvePresent(scene.people);
    await scene.untilLabelled(product);

    expect(await scene.people.prune({ keepLabels: false }, never)).toEqual({ nodes: 1, failed: [], left: [] });

    expect(withoutHistory(await house.cluster.admin.get(badgerPath))).toEqual(withoutHistory(before));
    expect((await scene.status()).isWriting).toBe(false);
    expect(await scene.status()).not.toHaveProperty("approval");
    await until(async () =>
      (await scene.people.plan(never)).operations.some(({ item, waiting }) => item === gpu && waiting?.for === "approval"),
    );
  });
});

/** Approves what is shown; it may change in between. */
async function approvePresent(people: ApiClient): Promise<void> {
  await until(async () => {
    const { hash } = await people.plan(never);
    return await people.approvePlan(hash, never).catch(() => undefined);
  });
}

/** An object as it is, whatever happened to it before. */
function withoutHistory({ metadata, ...object }: KubernetesObject): unknown {
  const { resourceVersion: _, managedFields: __, ...kept } = metadata;
  return { ...object, metadata: kept };
}
