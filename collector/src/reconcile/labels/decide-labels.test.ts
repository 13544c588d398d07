import { describe, expect, it } from "vitest";
import type { LabelRule } from "../../policy/policy.ts";
import { readExpression } from "../../policy/read-expression.ts";
import type { NodeState } from "../../state/node-state.ts";
import { machineThatSaid } from "../../test-support/judge-machine.ts";
import type { Decision, Wanted } from "../reconciler.ts";
import { noGpus, toldAbsent, toldFailure, toldGpu } from "../test-support/told-machine.ts";
import { aClusterNode, domain, type WorldInit, worldOf } from "../test-support/world-of.ts";
import { decideLabels } from "./decide-labels.ts";

const minuteMs = 60_000;
const gpu = `${domain}/gpu.product`;
const product = ruleOf("gpu.product", "size(gpus) > 0 ? gpus[0].product : null");
const withGpu = machineThatSaid(toldGpu({}));
const registered = { nodeInfo: { machineID: "11111111-1111-1111-1111-111111111111" } };

function ruleOf(key: string, text: string): LabelRule {
  const read = readExpression(text, { purpose: "label", place: "policy.yaml:7:16", domain });
  if (read.kind === "bad") throw new Error(JSON.stringify(read.problems));
  return { key, value: read.expression };
}

function decide(node: NodeState | undefined, init: WorldInit = {}, labels: readonly LabelRule[] = [product]): Decision {
  return decideLabels(worldOf({ node, ...init, policy: { labels } }), "neko");
}

function itemOf(decision: Decision, key: string = gpu): Wanted | undefined {
  return decision.kind === "items" ? decision.items.get(key) : undefined;
}

/** A Node on which we hold labels. */
function labelled(labels: Readonly<Record<string, string>>): WorldInit["live"] {
  const fields = Object.fromEntries(Object.keys(labels).map((key) => [`f:${key}`, {}]));
  const managedFields = [{ manager: "nodekeeper", operation: "Apply", fieldsV1: { "f:metadata": { "f:labels": fields } } }];
  return aClusterNode({ metadata: { labels, managedFields } });
}

describe("which labels a node is to have", () => {
  it("is what the policy's expressions come to, and why", () => {
    expect(itemOf(decide(withGpu))).toMatchObject({
      kind: "value",
      value: "rtx-3050-ti",
      why: {
        ...{ text: "the policy gives it from gpus", place: "policy.yaml:7:16", expression: product.value.text },
        facts: [expect.objectContaining({ path: "gpus", freshness: "fresh", probe: "gpu" })],
      },
    });
  });

  it.each([
    { text: "size(gpus)", value: "1" },
    { text: "gpus.exists(g, g.is_integrated)", value: "false" },
    { text: '""', value: "" },
  ])("prints $text as $value", ({ text, value }) => {
    expect(itemOf(decide(withGpu, {}, [ruleOf("gpu.product", text)]))).toMatchObject({ kind: "value", value });
  });

  it("is none where a fresh and whole list says that there is nothing", () => {
    expect(itemOf(decide(machineThatSaid(toldGpu({}), noGpus)))).toMatchObject({
      kind: "absent",
      why: { text: "the policy gives none from gpus (none)" },
    });
    expect(itemOf(decide(machineThatSaid(toldGpu({}), toldAbsent("gpu"))))).toMatchObject({ kind: "absent" });
  });

  it.each([
    { name: "what is stale", node: machineThatSaid(noGpus), init: { afterMs: 60 * minuteMs } },
    {
      name: "what was heard before this process began",
      node: machineThatSaid(noGpus),
      init: { startedAfterMs: 1_000, afterMs: 2_000 },
    },
    { name: "a list that is not whole", node: machineThatSaid({ probe: "gpu", things: [], whole: [] }) },
    { name: "a probe that failed", node: machineThatSaid(toldGpu({}), toldFailure("gpu", "PROBE_TIMEOUT")) },
    {
      name: "a GPU that could not be read",
      node: machineThatSaid({ probe: "gpu", things: [{ kind: "gpu", id: "0", failure: "GPU_LOST" }], whole: ["gpu"] }),
    },
    { name: "a probe that never spoke", node: machineThatSaid(toldAbsent("disks")) },
    {
      name: "a machine that is not the one of the Node",
      node: withGpu,
      init: { live: aClusterNode({ status: { nodeInfo: { machineID: "9".repeat(32) } } }) },
    },
  ])("cannot be told from $name", ({ node, init = {} }) => {
    expect(itemOf(decide(node, init))).toMatchObject({ kind: "hold", reason: expect.stringMatching(/\w/) });
  });

  it("can be told of the machine that the Node was made for", () => {
    expect(itemOf(decide(withGpu, { live: aClusterNode({ status: registered }) }))).toMatchObject({ kind: "value" });
  });

  it("cannot be told by a value that is no label", () => {
    const name = ruleOf("gpu.name", "gpus[0].product_name");

    expect(itemOf(decide(withGpu, {}, [name]), `${domain}/gpu.name`)).toMatchObject({
      ...{ kind: "hold", reason: expect.stringContaining("cannot be a label") },
    });
  });

  it("cannot be told at all of a node whose agent was never heard of, or did not prove that it speaks for it", () => {
    expect(decide(undefined)).toEqual({ kind: "hold", reason: "no agent was heard of from this node" });
    expect(decide(withGpu, { isProven: false })).toEqual({
      ...{ kind: "hold", reason: "its agent has not proven that it speaks for this node" },
    });
  });

  it("is none of what we wrote and no rule speaks of any more, and nothing is said of what others wrote", () => {
    const live = labelled({ [`${domain}/board`]: "pi" });
    const others = aClusterNode({ metadata: { labels: { [`${domain}/rack`]: "7" } } });

    expect(itemOf(decide(withGpu, { live }), `${domain}/board`)).toMatchObject({
      ...{ kind: "absent", why: { text: "the policy has no rule for it any more", place: "policy.yaml" } },
    });
    expect(itemOf(decide(withGpu, { live: others }), `${domain}/rack`)).toBeUndefined();
  });

  it("is none of the domain before, unless what takes its place cannot be told", () => {
    const live = labelled({ "old.example/gpu.product": "rtx-3050-ti" });
    const after = { live, afterMs: 60 * minuteMs };

    expect(itemOf(decide(withGpu, { live }), "old.example/gpu.product")).toMatchObject({ kind: "absent" });
    expect(itemOf(decide(withGpu, after), "old.example/gpu.product")).toMatchObject({
      ...{ kind: "hold", reason: `${gpu} comes first, and cannot be told` },
    });
  });
});
