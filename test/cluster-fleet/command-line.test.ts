/**
 * What people do on the command line, from the first plan to the last prune: against the built collector, agents that report, and a real API server
 * that tells what is on the Nodes.
 */
import { existsSync } from "node:fs";
import type { AuditList, Plan } from "@nodekeeper/shared/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../packages/cli/src/run-cli.ts";
import { collectorBundle } from "../durability/collector-process.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { type ClusterFleet, startClusterFleet, untilAll } from "./cluster-fleet.ts";

const domain = "nodekeeper.axiomlayer.com";
const key = `${domain}/gpu.product`;
const product = "rtx-3050-ti";
const policy = `version: 1
modes: { describe: enforce, restrict: plan, move: plan }
labels:
  gpu.product: 'gpus.size() == 0 ? null : gpus[0].product'
`;
const patienceMs = 60_000;

const missing = (existsSync(collectorBundle) ? undefined : "not built: pnpm run build") ?? (await missingForKubernetes());

describe.skipIf(missing !== undefined)(
  `the command line on a cluster${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 90_000 },
  () => {
    let fleet: ClusterFleet;

    beforeAll(async () => {
      fleet = await startClusterFleet({
        nodes: ["neko", "panther"],
        policy,
        equipmentOf: (node) => ({ hasGpu: node === "panther", hasDataDisk: false, isDiskFailing: false }),
      });
    }, kubernetesBuildLimitMs);

    afterAll(() => fleet?.[Symbol.asyncDispose](), 60_000);

    async function nodekeeper(...args: readonly string[]) {
      let out = "";
      const exitCode = await runCli({
        ...{ args: [...args, "--socket", fleet.socketPath], env: {}, isTerminal: false, columns: undefined },
        ...{ nowMs: Date.now(), signal: new AbortController().signal },
        writeOut: (text) => {
          out += text;
        },
        writeError: (text) => {
          out += text;
        },
      });
      return { out, exitCode };
    }
    const planned = async (): Promise<Plan> => JSON.parse((await nodekeeper("plan", "--json")).out);
    const label = async (): Promise<string | undefined> =>
      (await fleet.house.cluster.admin.get("/api/v1/nodes/panther")).metadata.labels?.[key];
    const untilLabel = (value: string) =>
      waitUntil(`the label to be ${value}`, patienceMs, async () => (await label()) === value);

    it("feature 64: shows the first plan, and writes what was shown when its hash is applied, not before", async () => {
      await waitUntil("the plan to know of the GPU", patienceMs, async () => {
        return (await planned()).operations.filter(({ item }) => item === key || item === "DiskHealthy").length === 3;
      });
      const shown = await nodekeeper("plan");
      const other = await nodekeeper("apply", "0123456789abcdef");
      const before = await fleet.writes();
      const { hash } = await planned();
      const applied = await nodekeeper("apply", hash);
      await untilLabel(product);

      expect(shown.out).toMatch(/^panther\n(?: {2}.*\n)* {2}\+ gpu\.product=rtx-3050-ti/m);
      expect(shown.out).toContain(`  nodekeeper apply ${hash} (`);
      expect([shown.exitCode, other.exitCode, applied.exitCode]).toEqual([1, 69, 0]);
      expect(before).toEqual([]);
      await waitUntil("nothing to be left", patienceMs, async () => (await nodekeeper("plan")).exitCode === 0);
    });

    it("feature 65: explains a label that somebody changed and that was put back", async () => {
      const body = { metadata: { labels: { [key]: "mine" } } };
      const path = "/api/v1/nodes/panther?fieldManager=kubectl-label";
      await fleet.house.cluster.admin.ask("PATCH", path, body, "application/merge-patch+json");
      await untilLabel(product);
      const { out } = await waitUntil("the audit and the watch to know", patienceMs, async () => {
        const explained = await nodekeeper("explain", "panther", "gpu.product");
        return explained.out.includes("(we wrote it)") && explained.out.includes("gpu.product: mine → rtx-3050-ti") && explained;
      });

      expect(out).toContain(`panther  label ${key}\n  is        rtx-3050-ti  (we wrote it)\n`);
      expect(out).toMatch(/^ {2}by {8}policy\.yaml:4:\d+\n {14}gpus\.size\(\) == 0 \? null : gpus\[0\]\.product$/m);
      expect(out).toMatch(/^ {2}before us not there$/m);
      expect(out).toMatch(/^ {2}gpus {2}.*GeForce RTX 3050 Ti.* gpu .*fresh$/m);
    });

    it("features 73 and 74: keeps a label otherwise for a while, and takes that write back by its id", async () => {
      const made = await nodekeeper("override", "panther", "gpu.product=other", "--for", "1h", "--reason", "a trial");
      await untilLabel("other");
      const listed = await nodekeeper("overrides");
      const { records }: AuditList = JSON.parse((await nodekeeper("audit", "panther", "--json")).out);
      const id = records.find(({ outcome, changes }) => outcome === "done" && changes?.[0]?.after === "other")?.id;
      const reverted = await nodekeeper("revert", String(id), "--for", "1h");
      await untilLabel(product);

      expect(made).toMatchObject({ exitCode: 0, out: expect.stringContaining(`kept: panther ${key}=other, ends in 1 h`) });
      expect(listed.out).toMatch(/^panther {2}gpu\.product=other +in (?:1 h|59 min.*) +local +.*a trial$/m);
      expect(reverted.out).toContain(`  panther ${key}=${product}, ends in`);
      expect((await nodekeeper("explain", "panther", "gpu.product")).out).toContain(`revert of ${id}`);
    });

    it("feature 62: takes everything back when it is meant, and writes nothing until it is approved anew", async () => {
      const asked = await nodekeeper("prune");
      const kept = await label();
      const pruned = await nodekeeper("prune", "--yes");
      await untilAll(fleet, "nothing of ours to be left", patienceMs, ({ metadata, ...node }) => {
        const { conditions } = node["status"] as { readonly conditions?: readonly { readonly type: string }[] }; // NodeStatus
        const keys = [...Object.keys(metadata.labels ?? {}), ...Object.keys(metadata.annotations ?? {})];
        return (
          keys.every((each) => !each.startsWith(domain)) && conditions?.every(({ type }) => type !== "DiskHealthy") !== false
        );
      });

      expect([asked.exitCode, kept]).toEqual([64, product]);
      expect(pruned).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^pruned: 2 nodes put back/) });
      expect(await planned()).toMatchObject({ isApproved: false });
      expect((await nodekeeper("reconcile")).out).toContain("no plan was approved yet");
    });
  },
);
