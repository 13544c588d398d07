import type { FactRead, Waiting } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import type { Override } from "../decisions/decisions.ts";
import type { Operation, Wanted, Why } from "../reconciler.ts";
import { nextStep } from "./next-step.ts";

const until = "2026-11-23T12:15:00.000Z";
const gpus: FactRead = { path: "gpus", value: "[]", probe: "gpu", freshness: "fresh" };
const why: Why = { text: "", place: "", expression: "", facts: [gpus] };
const removal: Operation = { item: "d/gpu", kind: "remove", class: "restrict", before: "rtx", after: undefined, why };
const setting: Operation = { item: "d/gpu", kind: "set", class: "describe", before: undefined, after: "rtx", why };
const override: Override = {
  ...{ reconciler: "node-labels", key: "neko", item: "d/gpu", value: "rtx", by: "mika", reason: "" },
  ...{ atMs: 0, untilMs: Date.parse(until) },
};

function wanted(facts: readonly FactRead[]): Wanted {
  return { kind: "value", value: "rtx", why: { ...why, facts } };
}

function held(...facts: readonly FactRead[]): Wanted {
  return { kind: "hold", reason: "", why: { ...why, facts } };
}

function next(init: Partial<Parameters<typeof nextStep>[0]>): string {
  return nextStep({
    ...{ wanted: undefined, live: undefined, owner: undefined, operation: undefined, waiting: undefined, override: undefined },
    ...init,
  });
}

function waiting(reason: Waiting["for"], init: Partial<Waiting> = {}): Waiting {
  return { for: reason, text: "", ...init };
}

describe("what comes next", () => {
  it.each<readonly [string, Partial<Parameters<typeof nextStep>[0]>]>([
    [
      "will be removed at 2026-11-23 12:15 UTC, unless gpus changes before",
      { operation: removal, waiting: waiting("dwell", { until }) },
    ],
    [
      "will be set to rtx when the first plan is approved: `nodekeeper plan`, then `nodekeeper apply HASH`",
      { operation: setting, waiting: waiting("approval") },
    ],
    [
      "will be removed when somebody approves it (class restrict): `nodekeeper plan`, then `nodekeeper apply HASH`",
      { operation: removal, waiting: waiting("mode") },
    ],
    [
      "will be removed when fewer nodes were restricted lately, not before 2026-11-23 12:15 UTC",
      { operation: removal, waiting: waiting("brake", { until }) },
    ],
    ["will be removed when the node is not cordoned any more", { operation: removal, waiting: waiting("maintenance") }],
    ["will be set to rtx when the pause ends", { operation: setting, waiting: waiting("pause") }],
    ["will be set to rtx by the collector that writes now", { operation: setting, waiting: waiting("leader") }],
    ["will be set to rtx when the cluster is heard again", { operation: setting, waiting: waiting("cluster") }],
    [
      "will be set to rtx at the next attempt, at 2026-11-23 12:15 UTC",
      { operation: setting, waiting: waiting("retry", { until }) },
    ],
    ["is about to be set to rtx", { operation: setting }],
    ["stays so until 2026-11-23 12:15 UTC, then the policy decides again", { wanted: wanted([gpus]), live: "rtx", override }],
    ["stays so until gpus or the policy changes", { wanted: wanted([gpus]), live: "rtx" }],
    ["stays so until the policy changes", { wanted: wanted([]), live: "rtx" }],
    ["stays as it is until the probe gpu is heard again", { wanted: held({ ...gpus, freshness: "stale" }) }],
    [
      "stays as it is until the probes gpu, disks are heard again",
      { wanted: held({ ...gpus, freshness: "unknown" }, { ...gpus, path: "disks", probe: "disks", freshness: "lost" }) },
    ],
    ["stays as it is until cluster is known", { wanted: held({ path: "cluster", value: "", probe: "", freshness: "unknown" }) }],
    ["stays as it is until that can be told", { wanted: held(gpus) }],
    ["stays as it is: it is not ours to take away", { wanted: { kind: "absent", why }, live: "theirs", owner: "foreign" }],
    ["will be removed when what takes its place is there", { wanted: { kind: "absent", why }, live: "rtx", owner: "ours" }],
    ["stays as it is: nothing of ours is wanted here", { live: "theirs" }],
  ])("%s", (text, init) => {
    expect(next(init)).toBe(text);
  });
});
