import { Outcome } from "@nodekeeper/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClusterRuleView } from "../evaluate/cluster-rule.ts";
import type { BackupJob } from "../state/cluster/backup-job.ts";
import type { NodeState } from "../state/node-state.ts";
import { anyThing } from "../test-support/arbitrary-things.ts";
import { judgeCluster, nodeOf } from "../test-support/judge-cluster.ts";
import { machineThatSaid, type Said, type Thing, viewAfter } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { clusterRules } from "./cluster/index.ts";
import { rules } from "./index.ts";

const hourMs = 3_600_000;
const things = fc.array(anyThing(), { minLength: 1, maxLength: 12 });
const parameters = { numRuns: 150 };
/** Enough of them that every rule that speaks of subjects speaks in some: always the same ones, since this is about the generator. */
const manyOfThem = { numRuns: 600, seed: 20_261_123 };

/** By probes as agents have them, as far as rules know their names. */
function probeOf({ kind }: Thing): string {
  if (kind.startsWith("tailscale")) return "tailscale";
  if (kind === "kernel_fault") return "kernel-log";
  return kind === "disk_health" ? "smart" : "disks";
}

/** One thing of each kind and id, by probe. */
function saidOf(all: readonly Thing[], make: (said: Said) => Said = (said) => said): readonly Said[] {
  const once = new Map(all.map((thing) => [`${thing.kind} ${thing.id}`, thing]));
  return [...Map.groupBy(once.values(), probeOf)].map(([probe, own]) => make({ probe, things: own }));
}

/** Everything was said once, and an hour later there is another word of each probe. */
function machine(all: readonly Thing[], later?: (said: Said) => Said): NodeState {
  const first = saidOf(all);
  return machineThatSaid(...first, ...(later === undefined ? [] : first.map(later)));
}

function raisedIn(node: NodeState, afterMs: number): readonly string[] {
  const view = viewAfter({ ...node, lastContactAtMs: startMs + afterMs }, afterMs);
  return rules.flatMap((rule) => (rule.evaluate(view, () => undefined).some(({ kind }) => kind === "raise") ? [rule.code] : []));
}

const atMs = startMs + hourMs;
const ways: readonly { readonly what: string; readonly later?: (said: Said) => Said; readonly spoken: readonly string[] }[] = [
  { what: "is stale", spoken: [] },
  {
    what: "could not be read",
    later: ({ things: own = [], ...said }) => ({
      ...{ ...said, atMs },
      things: own.map(({ kind, id = "" }) => ({ kind, id, failure: "HOST_COMMAND_TIMEOUT" })),
    }),
    spoken: ["probe-failing"],
  },
  {
    what: "is of probes that failed",
    later: ({ probe = "" }) => ({ probe, atMs, outcome: Outcome.FAILED, failure: "PROBE_TIMEOUT" }),
    spoken: ["probe-failing"],
  },
  { what: "was not spoken of any more, without a whole list", later: ({ probe = "" }) => ({ probe, atMs }), spoken: [] },
];

describe("no rule concludes from silence, whatever a machine said before (feature 79)", () => {
  it.each(ways)("where all of it $what", ({ later, spoken }) => {
    fc.assert(
      fc.property(things, (all) => {
        const raised = raisedIn(machine(all, later), hourMs).filter((code) => !spoken.includes(code));
        expect(raised).toEqual([]);
      }),
      parameters,
    );
  });

  it("though nearly all of them speak while the same is fresh", () => {
    const spoke = new Set<string>();
    fc.assert(
      fc.property(things, (all) => {
        for (const code of raisedIn(machine(all), 0)) spoke.add(code);
      }),
      manyOfThem,
    );
    // These need what is no value of one thing: a silence, attempts, boots, a clock, equipment that was remembered.
    const others = ["node-not-reporting", "agents-refused", "identity-cloned", "reboot-loop", "clock-skewed"];
    const remembered = ["disk-missing", "disk-errors-growing", "disk-filling", "pcie-link-degraded"];
    const failed = ["probe-failing", "gpu-unavailable"];
    // And these several values at once that chance seldom brings together.
    const joined = ["ollama-on-cpu", "tailscale-path-relayed"];
    const silent = rules.map(({ code }) => code).filter((code) => !spoke.has(code));

    expect(silent.filter((code) => ![...others, ...remembered, ...failed, ...joined].includes(code))).toEqual([]);
  });

  it("nor does one about the cluster, where agents are silent or failed and nothing else is known", () => {
    const way = fc.constantFrom(...ways);
    fc.assert(
      fc.property(things, things, way, (one, other, { later }) => {
        const machines = new Map([
          ["neko", machine(one, later)],
          ["panther", machine(other, later)],
        ]);
        const nodes = [...machines.keys()].map((name) => nodeOf(name, { ...unknownNode }));
        const view: Partial<ClusterRuleView> = {
          ...{ nodes, nowMs: atMs, startedAtMs: startMs, version: undefined, longhorn: undefined },
          machine: (name) => machines.get(name),
          agent: () => ({ kind: "unknown" }),
          backups: [unheardJob("cron-job"), unheardJob("deployment")],
          wildcard: { name: "*.home.example", answer: { kind: "unknown", reason: "nobody was asked" } },
        };
        const raised = clusterRules.filter((rule) => judgeCluster(rule, view).some(({ kind }) => kind === "raise"));
        expect(raised.map(({ code }) => code)).toEqual([]);
      }),
      parameters,
    );
  });
});

/** A Node of which its kubelet has told nothing. */
const unknownNode = { ip: "", conditions: [], info: { machineId: "", bootId: "", kubeletVersion: "" } };

/** Asked after an hour ago, with an answer that was loud then. */
function unheardJob(kind: BackupJob["kind"]): BackupJob {
  return { kind, name: "backups/nightly", problem: undefined, askedAtMs: startMs - hourMs, seen: { kind: "none" } };
}
