/** Pages of metrics as they are: of a running collector with two agents on recorded machines; and what those cannot show, since it takes a cluster or weeks. */
import { aFinding, FakeFindings } from "../../collector/src/api/test-support/fake-findings.ts";
import { Machine } from "../../collector/src/api/test-support/machine.ts";
import { diskReadings } from "../../collector/src/api/test-support/readings.ts";
import { createExposition } from "../../collector/src/exposition/exposition.ts";
import { noGpuUsage } from "../../collector/src/gpu-usage/gpu-usage.ts";
import { noRouting } from "../../collector/src/routing/no-routing.ts";
import { createStateHolder } from "../../collector/src/state/holder.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { repositoryPath } from "../e2e/installation.ts";
import { anAgentFolder } from "../integration/agent-under-test.ts";
import { aCollector } from "../integration/collector-under-test.ts";

/** Series by name: labels as they are written between braces, and the value. */
export type Page = ReadonlyMap<string, readonly { readonly labels: string; readonly value: string }[]>;

/** Series of the probes that speak last. */
const lastOfAll: readonly string[] = [
  'nodekeeper_ollama_model_loads_total{node="siberian"',
  'nodekeeper_gpu_owner_memory_bytes{node="siberian"',
  'nodekeeper_disk_temperature_celsius{node="siberian"',
  'nodekeeper_disk_wear_ratio{node="neko"',
  "nodekeeper_tailnet_paths{",
];

/** The text of both pages, once every probe of both agents has spoken. */
export async function runningPages(): Promise<{ readonly collector: string; readonly nodes: string }> {
  await using stack = new AsyncDisposableStack();
  const collector = stack.use(await aCollector());
  for (const name of ["siberian", "neko"]) {
    const folder = stack.use(await anAgentFolder());
    const root = repositoryPath(`test/fixtures/hosts/${name}`);
    folder.agent("run", "--node-name", name, "--host-root", root, ...folder.to(collector.grpcAddress)).start();
  }
  const read = async (path: string): Promise<string> => (await fetch(`${collector.url}${path}`)).text();
  const nodes = await waitUntil("both machines told everything", 120_000, async () => {
    const text = await read("/metrics/nodes");
    return lastOfAll.every((series) => text.includes(`\n${series}`)) ? text : undefined;
  });
  return { collector: await read("/metrics"), nodes };
}

/** What is on a page only beside a cluster, after weeks, or by a person's decision. */
export async function rarePage(): Promise<string> {
  const state = createStateHolder([]);
  const findings = new FakeFindings();
  const machine = new Machine("siberian");
  const nowMs = systemClock.wallMs();
  state.apply(machine.connect(nowMs));
  state.apply(machine.observe("disks", diskReadings(), nowMs));
  findings.put(aFinding("siberian"));
  findings.put(
    aFinding("siberian", { id: "muted", rule: "muted", attention: { isQuiet: true, isSetAside: false, decisions: [] } }),
  );
  const operation = { reconciler: "node-labels", node: "siberian", item: "a", kind: "set", class: "describe", why: "" } as const;
  const held = { reconciler: "node-labels", node: "siberian", item: "b", reason: "" };
  const exposition = createExposition({
    ...{ state, findings, routing: noRouting, gpuUsage: noGpuUsage, clock: systemClock },
    reconciliation: { planOf: () => ({ operations: [operation], held: [held] }) },
    fullAtMs: () => nowMs + 86_400_000,
  });
  let text = "";
  for await (const piece of exposition.page()) text += piece;
  return text;
}

/** Reads pages; of a series that is on two of them the first counts. */
export function seriesOf(...texts: readonly string[]): Page {
  const page = new Map<string, { labels: string; value: string }[]>();
  for (const line of texts.join("\n").split("\n")) {
    const [, name, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const series = page.get(name) ?? [];
    if (!series.some((each) => each.labels === labels)) series.push({ labels, value });
    page.set(name, series);
  }
  return page;
}

/** Names of labels that series of a name have. */
export function labelNames(page: Page, name: string): ReadonlySet<string> {
  return new Set(
    (page.get(name) ?? []).flatMap(({ labels }) =>
      [...labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map((match) => match[1] ?? ""),
    ),
  );
}
