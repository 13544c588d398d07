/**
 * What it costs to ask a node's whole policy: `node test/bench/policy/main.ts [--rounds 20000]`. The nodes are the recorded hosts, the policy is the one
 * that is built in; a second one has as many labels again. Each round makes the facts anew, as after a word of the agent. Prints what RESULTS.md keeps.
 */
import { readdirSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Outcome } from "@nodekeeper/proto";
import { openHost, probes, runDoctor } from "../../../agent/src/doctor.ts";
import { builtInPolicy, builtInPolicyText } from "../../../collector/src/policy/built-in.ts";
import { knownFactsOf } from "../../../collector/src/policy/known-facts-of.ts";
import type { Policy } from "../../../collector/src/policy/policy.ts";
import { readPolicy } from "../../../collector/src/policy/read-policy.ts";
import type { NodeState } from "../../../collector/src/state/node-state.ts";
import { observation } from "../../../collector/src/test-support/observations.ts";
import { connectedNode, observed, startMs } from "../../../collector/src/test-support/states.ts";
import { systemClock } from "../../../packages/shared/src/clock.ts";
import { repositoryRoot } from "../../architecture/sources.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "20000" } } });
const rounds = Number(values.rounds);
const hosts = join(repositoryRoot, "test/fixtures/hosts");
/** The most labels that a policy may have. */
const repeated = Array.from({ length: 256 }, (_, index) => builtInPolicy.labels[index % builtInPolicy.labels.length]);
const largePolicy: Policy = { ...builtInPolicy, labels: repeated.flatMap((label) => label ?? []) };

console.log(`${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}, ${rounds} rounds`);
console.log("| host | subjects | facts | built-in policy, 6 labels | 256 labels | reading the built-in policy |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
for (const { name } of readdirSync(hosts, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  const node = await nodeOf(name);
  const subjects = [...node.probes.values()].reduce((sum, probe) => sum + probe.subjects.size, 0);
  const facts = measure(rounds, () => knownOf(node));
  const small = measure(rounds, () => ask(builtInPolicy, node));
  const large = measure(rounds / 20, () => ask(largePolicy, node));
  const reading = measure(100, () => readPolicy(builtInPolicyText, { source: "policy.yaml", builtIn: builtInPolicy }));
  console.log(`| ${name} | ${subjects} | ${facts} | ${small} | ${large} | ${reading} |`);
}

async function nodeOf(name: string): Promise<NodeState> {
  const host = await openHost(join(hosts, name), systemClock);
  const examinations = await runDoctor({ host, probes, clock: systemClock, signal: new AbortController().signal });
  let node: NodeState = { ...connectedNode(startMs, { nodeName: name }), proof: { state: "proven", by: "credential" } };
  for (const { probe, outcome, payload } of examinations) {
    if (outcome === "ok" && payload !== undefined) node = observed(node, observation(payload, { probe }));
    if (outcome === "absent")
      node = observed(node, observation({}, { probe, outcome: Outcome.ABSENT, body: { case: undefined } }));
  }
  return node;
}

function knownOf(node: NodeState): ReturnType<typeof knownFactsOf> {
  return knownFactsOf({ node, clusterNode: undefined, nowMs: startMs + 1_000, startedAtMs: 0 });
}

/** Decides every label, as the reconciler does. */
function ask(policy: Policy, node: NodeState): number {
  const facts = knownOf(node);
  return policy.labels.filter(({ value }) => value.evaluate(facts).kind === "value").length;
}

/** The median of ten parts, in µs of CPU a round: others use the machine too. The first part is for the compiler. */
function measure(count: number, work: () => unknown): string {
  const parts = Array.from({ length: 11 }, () => {
    const part = Math.ceil(count / 10);
    const before = process.cpuUsage();
    for (let round = 0; round < part; round += 1) work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / part;
  });
  const sorted = parts.slice(1).sort((a, b) => a - b);
  return `${(sorted[5] ?? 0).toFixed(0)} µs`;
}
