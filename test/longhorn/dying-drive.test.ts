/**
 * A drive that dies, from its controller to Longhorn: an NVMe disk of a virtual machine declares a fault, the agent there reads it, and the collector
 * does what its owner chose, on a real API server under exactly the rights of the manifests.
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NodeDetail, Plan } from "@nodekeeper/shared/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentBundle } from "../durability/agent-process.ts";
import { type CollectorProcess, collectorBundle, createCollectorProcess } from "../durability/collector-process.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { freePorts } from "../e2e/installation.ts";
import { createNode, requestAccountToken } from "../kubernetes/cluster-objects.ts";
import { names } from "../kubernetes/house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { askSocket } from "../support/ask-socket.ts";
import { authoritiesOf, prepareVault } from "../support/prepared-vault.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { guestNode } from "../vm/guest-agent.ts";
import { missingForGuests } from "../vm/requirements.ts";
import { longhornPath, missingForLonghorn } from "./longhorn-crds.ts";
import { isSynced, type LonghornHouse, startLonghornHouse } from "./longhorn-house.ts";
import type { LonghornNode } from "./longhorn-objects.ts";
import { type StorageGuest, startStorageGuest } from "./storage-guest.ts";

const missing = [collectorBundle, agentBundle].some((bundle) => !existsSync(bundle))
  ? "not built: pnpm run build"
  : (missingForLonghorn() ?? (await missingForKubernetes()) ?? (await missingForGuests()));

const domain = "nodekeeper.axiomlayer.com";
/** Promised: from the reading to the API server's answer. */
const promisedMs = 2_000;
/** The agent leaves an NVMe disk alone for half a minute after it has read its health. */
const arrivalMs = 120_000;
const reliabilityDegraded = 4;
const policyWith = (restrict: "plan" | "enforce"): string =>
  `version: 1\nextends: built-in\nmodes: { restrict: ${restrict} }\ndwell: { change: 2s, remove: 5s }\n`;

describe.skipIf(missing !== undefined)(
  `feature 70: Longhorn's disks follow the health of drives${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 90_000 },
  () => {
    const parts = new AsyncDisposableStack();
    let house: LonghornHouse;
    let collector: CollectorProcess;
    let machine: StorageGuest;
    let policyFile: string;
    let socketPath: string;
    let first: string;

    const second = "second-disk";

    beforeAll(async () => {
      const { path: folder } = parts.use(await temporaryFolder());
      house = parts.use(await startLonghornHouse("1.7.2"));
      const { admin } = house.cluster;
      for (const name of [guestNode, "lynx"]) await createNode(admin, name);
      const { spec } = await house.longhorn.untilNode(guestNode, isSynced);
      first = Object.keys(spec?.disks ?? {})[0] ?? "";
      house.longhorn.manager.folders.mount(guestNode, "/mnt/second");
      const disk = {
        path: "/mnt/second",
        diskType: "filesystem",
        diskDriver: "",
        allowScheduling: true,
        evictionRequested: false,
      };
      const added = [{ op: "add", path: `/spec/disks/${second}`, value: { ...disk, storageReserved: 0, tags: ["mine"] } }];
      await admin.ask("PATCH", longhornPath("nodes", guestNode), added, "application/json-patch+json");
      const synced = await house.longhorn.untilNode(guestNode, (node) => isSynced(node) && uuidOf(node, second) !== "");

      const dataDir = join(folder, "collector");
      socketPath = join(dataDir, "admin.sock");
      policyFile = join(folder, "policy.yaml");
      await writeFile(policyFile, policyWith("plan"));
      const [enrolled] = await prepareVault(dataDir, [guestNode]);
      if (enrolled === undefined) throw new Error("no machine was enrolled");
      const token = await requestAccountToken(admin, names.collector, { lifetimeSeconds: 3600 });
      const [port = 0] = await freePorts(1);
      collector = parts.use(
        createCollectorProcess(
          dataDir,
          join(folder, "collector.log"),
          [],
          [
            ...["--kubernetes", "on", "--kubeconfig", await house.cluster.kubeconfig(token), "--policy", policyFile],
            ...["--public-grpc-listen", `127.0.0.1:${port}`, "--public-name", "127.0.0.1"],
          ],
        ),
      );
      await collector.startListening();
      machine = parts.use(
        await startStorageGuest({
          ...{ machine: enrolled, port, authorities: await authoritiesOf(dataDir) },
          disks: [
            { serial: "FIRST", mountPoint: "/var/lib/longhorn", diskUuid: uuidOf(synced, first) },
            { serial: "SECOND", mountPoint: "/mnt/second", diskUuid: uuidOf(synced, second) },
          ],
        }),
      );
      await until("both disks to be read", async () => {
        const { subjects } = await detail();
        return ["FIRST", "SECOND"].every((serial) => subjects.some(({ value }) => value?.["serialNumber"] === serial));
      });
      await until("a plan with tags of both disks", async () => {
        const { operations } = await plan();
        return [first, second].every((name) => operations.some(({ item }) => item === `disks/${name}/tags/nvme`));
      });
      // A plan that changed in between is refused.
      await until("the plan to be approved", async () => {
        const { hash } = await plan();
        return await askSocket(socketPath, "POST", "/api/v1/plan/approve", { hash }).then(
          () => true,
          () => false,
        );
      });
    }, kubernetesBuildLimitMs + 180_000);

    afterAll(() => parts.disposeAsync(), 60_000);

    const detail = async (): Promise<NodeDetail> =>
      (await askSocket(socketPath, "GET", `/api/v1/nodes/${guestNode}`).catch(() => ({ subjects: [] }))) as NodeDetail; // of our own API
    const plan = async (): Promise<Plan> => (await askSocket(socketPath, "GET", "/api/v1/plan")) as Plan; // of our own API

    /** Waits; says what everybody logged where it does not come. */
    async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
      await waitUntil(what, arrivalMs, async () => ((await holds()) ? true : undefined)).catch(async (thrown: unknown) => {
        const node = JSON.stringify(await house.longhorn.node(guestNode));
        throw new Error(`${thrown}\n${node}\n${collector.log().slice(-4_000)}\n${(await machine?.log())?.slice(-2_000)}`);
      });
    }

    /** When the agent read that a disk declares a fault, on this machine's clock (the guest's is the same). */
    async function readAtMs(serial: string): Promise<number> {
      let atMs = Number.NaN;
      await until(`the fault of ${serial} to be read`, async () => {
        const { subjects } = await detail();
        const found = subjects.find(({ value }) => value?.["serialNumber"] === serial && value["status"] === "failed");
        atMs = Date.parse(found?.observedAt ?? "");
        return found !== undefined;
      });
      return atMs;
    }

    /** When the first successful patch of an object after a moment was answered. */
    async function patchedAtMs(resource: string, subresource: string | undefined, afterMs: number): Promise<number> {
      const user = `system:serviceaccount:${names.collector.namespace}:${names.collector.name}`;
      const patches = (await house.cluster.requests()).filter(
        (each) => each.user === user && each.verb === "patch" && each.name === guestNode && each.resource === resource,
      );
      const found = patches.find(
        (each) => each.subresource === subresource && each.status === 200 && each.answeredAtMs >= afterMs,
      );
      return found?.answeredAtMs ?? Number.POSITIVE_INFINITY;
    }

    const disksOf = async (): Promise<
      Readonly<Record<string, { readonly allowScheduling: boolean; readonly tags: readonly string[] }>>
    > => ((await house.longhorn.node(guestNode))?.spec?.disks ?? {}) as never; // of the API server

    it(
      "has its tags by what its disks are, beside those of people",
      async () => {
        await until("the tags to be there", async () => {
          const disks = await disksOf();
          return disks[first]?.tags.includes("nvme") === true && disks[second]?.tags.includes("nvme") === true;
        });

        expect((await disksOf())[second]?.tags).toContain("mine");
      },
      arrivalMs,
    );

    it(
      "is marked within two seconds of the reading where restricting is planned, and nothing more is done",
      async () => {
        const injectedAtMs = Date.now();
        await machine.declare("FIRST", reliabilityDegraded);
        const atMs = await readAtMs("FIRST");
        await until("condition and label", async () => {
          const [condition, label] = [
            await patchedAtMs("nodes", "status", injectedAtMs),
            await patchedAtMs("nodes", undefined, injectedAtMs),
          ];
          return Number.isFinite(condition) && Number.isFinite(label);
        });

        const conditionMs = (await patchedAtMs("nodes", "status", injectedAtMs)) - atMs;
        const labelMs = (await patchedAtMs("nodes", undefined, injectedAtMs)) - atMs;
        process.stdout.write(
          `from the reading: condition after ${Math.round(conditionMs)} ms, label after ${Math.round(labelMs)} ms\n`,
        );
        const node = await house.cluster.admin.get(`/api/v1/nodes/${guestNode}`);
        expect(node.metadata.labels?.[`${domain}/disk-failing`]).toBe("true");
        expect(Math.max(conditionMs, labelMs)).toBeLessThanOrEqual(promisedMs);
        let restriction: Plan["operations"][number] | undefined;
        await until("the restriction to be planned", async () => {
          restriction = (await plan()).operations.find(({ item }) => item === `disks/${first}/allowScheduling`);
          return restriction !== undefined;
        });
        expect(restriction).toMatchObject({ after: "false", class: "restrict", waiting: { for: "mode" } });
        expect((await disksOf())[first]?.allowScheduling).toBe(true);
      },
      2 * arrivalMs,
    );

    it(
      "is filled no further within two seconds of the reading where restricting is enforced",
      async () => {
        await writeFile(policyFile, policyWith("enforce"));
        await until("the first disk to be restricted", async () => (await disksOf())[first]?.allowScheduling === false);
        const injectedAtMs = Date.now();
        await machine.declare("SECOND", reliabilityDegraded);
        const atMs = await readAtMs("SECOND");
        await until("the second disk to be restricted", async () => (await disksOf())[second]?.allowScheduling === false);

        await until("the patch to be in the audit", async () =>
          Number.isFinite(await patchedAtMs("nodes.longhorn.io", undefined, injectedAtMs)),
        );
        const tookMs = (await patchedAtMs("nodes.longhorn.io", undefined, injectedAtMs)) - atMs;
        process.stdout.write(`from the reading: allowScheduling=false after ${Math.round(tookMs)} ms\n`);
        expect(tookMs).toBeLessThanOrEqual(promisedMs);
        expect((await disksOf())[second]?.tags).toEqual(expect.arrayContaining(["mine", "nvme"]));
      },
      3 * arrivalMs,
    );

    it("is not re-enabled by a prune that is not forced", async () => {
      const answer = await askSocket(socketPath, "POST", "/api/v1/prune", { keepLabels: false, force: false });

      expect(JSON.stringify(answer)).toContain(first);
      const disks = await disksOf();
      expect([disks[first]?.allowScheduling, disks[second]?.allowScheduling]).toEqual([false, false]);
      expect(disks[second]?.tags).toEqual(["mine"]);
    });
  },
);

function uuidOf({ status }: LonghornNode, disk: string): string {
  return status?.diskStatus?.[disk]?.diskUUID ?? "";
}
