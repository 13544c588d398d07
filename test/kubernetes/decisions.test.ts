/** What people decided, in a ConfigMap of a real API server, with the collector's own rights. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Decisions, DecisionsKeeper, Override } from "../../collector/src/reconcile/decisions/decisions.ts";
import { decisionsKey, keepDecisions } from "../../collector/src/reconcile/decisions/keep-decisions.ts";
import { createLogger, systemClock } from "../../packages/shared/src/index.ts";
import { until } from "../ollama/until.ts";
import { type House, names, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const configMaps = "/api/v1/namespaces/nodekeeper/configmaps";
const path = `${configMaps}/${names.decisions.name}`;
const never = new AbortController().signal;
const nothing: Decisions = { approval: undefined, overrides: [] };

describe.skipIf(missing !== undefined)(`decisions in a cluster${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let keepers: readonly DecisionsKeeper[] = [];

  beforeAll(async () => {
    house = await startHouse();
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
  });

  afterEach(async () => {
    await Promise.all(keepers.map((keeper) => keeper[Symbol.asyncDispose]()));
    keepers = [];
    await house.cluster.admin.delete(path);
    await house.cluster.admin.create(configMaps, { metadata: { name: names.decisions.name } });
  });

  const open = async (): Promise<DecisionsKeeper> => {
    const common = { clock: systemClock, random: Math.random, logger: createLogger("test", "silent") };
    const keeper = keepDecisions({ client: house.client, at: names.decisions, ...common });
    keepers = [...keepers, keeper];
    await until(async () => keeper.current !== undefined || keeper.problems().length > 0);
    return keeper;
  };
  const edit = async (data: Readonly<Record<string, string>>): Promise<void> => {
    await house.cluster.admin.replace(path, { ...(await house.cluster.admin.get(path)), data });
  };

  it("begin in the empty object of the manifests, outlive the collector, and leave what else is in the object", async () => {
    await edit({ note: "do not delete" });
    await edit({});
    const first = await open();
    expect(first.current).toEqual(nothing);

    await first.change((now) => ({ ...now, approval: { planHash: "abc", by: "mika", atMs: 1_764_000_000_000 } }), never);
    await first.change((now) => ({ ...now, overrides: [override("badger")] }), never);
    await first[Symbol.asyncDispose]();

    const next = await open();
    expect(next.current).toEqual({
      approval: { planHash: "abc", by: "mika", atMs: 1_764_000_000_000 },
      overrides: [override("badger")],
    });
    const { data, metadata } = await house.cluster.admin.get(path);
    expect(Object.keys(Object(data))).toEqual([decisionsKey]);
    expect(metadata.labels).toEqual({ "app.kubernetes.io/managed-by": "nodekeeper" });
  });

  it("lose nothing when two collectors write at once", async () => {
    const both = [await open(), await open()];

    await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        both[at % 2]?.change((now) => ({ ...now, overrides: [...now.overrides, override(`node-${at}`)] }), never),
      ),
    );

    const [{ current } = { current: nothing }] = [await open()];
    expect(current?.overrides.map(({ key }) => key).sort()).toEqual(Array.from({ length: 10 }, (_, at) => `node-${at}`));
    const conflicts = (await house.cluster.requests()).filter(({ verb, status }) => verb === "update" && status === 409);
    expect(conflicts).not.toEqual([]);
  });

  it("are none where the object is malformed, which is left as it is, until somebody mends it", async () => {
    await edit({ [decisionsKey]: '{"version":1,"overrides":[{"node":"badger"}]}' });
    const keeper = await open();

    expect(keeper.current).toBeUndefined();
    expect(keeper.problems()[0]).toContain("/overrides/0");
    await expect(keeper.change((now) => now, never)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(Object((await house.cluster.admin.get(path))["data"])).toEqual({
      [decisionsKey]: '{"version":1,"overrides":[{"node":"badger"}]}',
    });

    await edit({ [decisionsKey]: '{"version":1,"overrides":[]}' });
    await keeper.change((now) => ({ ...now, overrides: [override("badger")] }), never);
    expect(keeper.current?.overrides).toHaveLength(1);
    expect(keeper.problems()).toEqual([]);
  });

  it("say what to do where the object was deleted: it was approved by nobody then", async () => {
    const keeper = await open();
    await keeper.change((now) => ({ ...now, approval: { planHash: "abc", by: "mika", atMs: 1 } }), never);
    await house.cluster.admin.delete(path);

    await expect(keeper.change((now) => ({ ...now, overrides: [override("badger")] }), never)).rejects.toMatchObject({
      code: "NOT_READY",
      message: expect.stringMatching(/is not there, and cannot be made: .*cannot create resource "configmaps"/),
    });
    expect(keeper.current).toEqual(nothing);
  });
});

function override(key: string): Override {
  return {
    ...{ reconciler: "node-labels", key, item: "nodekeeper.example/board", value: "pi", by: "mika", reason: "" },
    ...{ atMs: Date.UTC(2026, 10, 23), untilMs: Date.UTC(2126, 10, 23) },
  };
}
