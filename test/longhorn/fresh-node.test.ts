/**
 * A machine that joins the cluster, from its Node to ready, with nothing but what is shipped: a real API server, Longhorn's webhook that refuses for a
 * while, the built collector and the built agent with the token of its pod. And one that lacks what machines at home lack: each is named with its
 * command, and passes by itself once it is mended.
 */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Onboarding } from "@nodekeeper/shared/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentBundle } from "../durability/agent-process.ts";
import { type CollectorProcess, collectorBundle, createCollectorProcess } from "../durability/collector-process.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { freePorts } from "../e2e/installation.ts";
import { requestAccountToken } from "../kubernetes/cluster-objects.ts";
import { names } from "../kubernetes/house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { askSocket } from "../support/ask-socket.ts";
import { authoritiesOf } from "../support/prepared-vault.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { missingForLonghorn } from "./longhorn-crds.ts";
import { isSynced, type LonghornHouse, startLonghornHouse } from "./longhorn-house.ts";
import { iscsidFile, makePi, multipathdFolder, type Pi } from "./raspberry-pi-node.ts";

const missing = [collectorBundle, agentBundle].some((bundle) => !existsSync(bundle))
  ? "not built: pnpm run build"
  : (missingForLonghorn() ?? (await missingForKubernetes()));

/** Promised: from the Node to ready. */
const promisedMs = 60_000;
/** Promised: from mending to passing. */
const mendedMs = 10_000;
/** Longhorn's webhook refuses so long, as it does while it looks at the disks of a new node. */
const refusingMs = 20_000;

describe.skipIf(missing !== undefined)(
  `feature 69: a machine that joins is ready by itself${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 90_000 },
  () => {
    const parts = new AsyncDisposableStack();
    let folder: string;
    let house: LonghornHouse;
    let collector: CollectorProcess;
    let socketPath: string;
    let access: readonly string[];

    beforeAll(async () => {
      ({ path: folder } = parts.use(await temporaryFolder()));
      house = parts.use(await startLonghornHouse("1.7.2"));
      const dataDir = join(folder, "collector");
      socketPath = join(dataDir, "admin.sock");
      const token = await requestAccountToken(house.cluster.admin, names.collector, { lifetimeSeconds: 3600 });
      const kubeconfig = await house.cluster.kubeconfig(token);
      const [port = 0] = await freePorts(1);
      collector = parts.use(
        createCollectorProcess(
          dataDir,
          join(folder, "collector.log"),
          [],
          [
            ...["--kubernetes", "on", "--kubeconfig", kubeconfig],
            ...["--public-grpc-listen", `127.0.0.1:${port}`, "--public-name", "127.0.0.1"],
          ],
        ),
      );
      await collector.startListening();
      const caFile = join(folder, "ca.crt");
      await writeFile(caFile, (await authoritiesOf(dataDir)).join("\n"));
      access = ["--collector", `127.0.0.1:${port}`, "--ca-file", caFile];
    }, kubernetesBuildLimitMs);

    afterAll(() => parts.disposeAsync(), 60_000);

    const onboarding = async (node: string): Promise<Onboarding | undefined> =>
      (await askSocket(socketPath, "GET", `/api/v1/nodes/${node}/onboarding`).catch(() => undefined)) as Onboarding | undefined; // of our own API

    async function until(
      what: string,
      node: string,
      withinMs: number,
      holds: (seen: Onboarding) => boolean,
    ): Promise<Onboarding> {
      let last: Onboarding | undefined;
      return await waitUntil(what, withinMs, async () => {
        last = await onboarding(node);
        return last !== undefined && holds(last) ? last : undefined;
      }).catch((thrown: unknown) => {
        throw new Error(`${thrown}\n${JSON.stringify(last, undefined, 1)}\n${collector.log().slice(-3_000)}`);
      });
    }

    /** Its Node, its pod, its agent, and the file that Longhorn's manager writes on it. */
    async function join_(pi: Pi): Promise<void> {
      await pi.register(house);
      const pod = await house.agentPod(`agent-${pi.name}`, pi.name);
      const tokenFile = join(folder, pi.name, "token");
      await writeFile(tokenFile, await house.agentToken(pod), { mode: 0o600 });
      const agent = parts.use(pi.agent([...access, "--token-file", tokenFile]));
      agent.start();
      const { spec, status } = await house.longhorn.untilNode(pi.name, isSynced, promisedMs);
      const [disk = ""] = Object.keys(spec?.disks ?? {});
      await pi.adopt(status?.diskStatus?.[disk]?.diskUUID ?? "");
    }

    async function aPi(name: string, digit: string): Promise<Pi> {
      await mkdir(join(folder, name));
      return await makePi({ name, machineId: digit.repeat(32), folder: join(folder, name) });
    }

    it("ends at planned until somebody has approved the first plan, by the command that it names", async () => {
      await join_(await aPi("heron", "a"));

      // While its first facts come in, the plan grows, and an older hash is refused.
      await until("heron to be planned", "heron", promisedMs, ({ state }) => state === "planned");
      await waitUntil("the approval", promisedMs, async () => {
        const commands = (await onboarding("heron"))?.steps.flatMap((step) => step.blockers.map(({ command }) => command)) ?? [];
        const [, hash] = /^nodekeeper apply ([0-9a-f]+)$/.exec(commands[0] ?? "") ?? [];
        const approved =
          hash === undefined
            ? undefined
            : await askSocket(socketPath, "POST", "/api/v1/plan/approve", { hash }).catch(() => undefined);
        return approved === undefined ? undefined : true;
      });
      await until("heron to be ready", "heron", promisedMs, ({ state }) => state === "ready");
    }, 180_000);

    it(
      "within a minute of its Node, though Longhorn refuses for its first twenty seconds",
      async () => {
        const pi = await aPi("bobcat", "b");
        house.longhorn.webhook.refuseFor(refusingMs, ["bobcat"]);
        const joinedAtMs = performance.now();
        await join_(pi);

        const { steps } = await until("bobcat to be ready", "bobcat", promisedMs, ({ state }) => state === "ready");

        const tookMs = performance.now() - joinedAtMs;
        process.stdout.write(
          `ready after ${Math.round(tookMs)} ms: ${steps.map(({ name, durationMs }) => `${name} ${durationMs}`).join(", ")}\n`,
        );
        expect(tookMs).toBeLessThan(promisedMs);
        expect(house.longhorn.webhook.refusals.length).toBeGreaterThan(0);
        const node = await house.longhorn.node("bobcat");
        expect(node?.spec?.tags).toEqual(["edge"]);
        expect(Object.values(node?.spec?.disks ?? {}).map(({ tags }) => tags)).toEqual([["nvme"]]); // one lane of PCIe: never fast
        const { labels } = (await house.cluster.admin.get("/api/v1/nodes/bobcat")).metadata;
        expect(labels).toMatchObject({
          "nodekeeper.axiomlayer.com/board": "raspberry-pi-5",
          "nodekeeper.axiomlayer.com/storage-class": "nvme",
        });
      },
      2 * promisedMs,
    );

    it(
      "names what is in its way with the command, and passes by itself within ten seconds of each being mended",
      async () => {
        const pi = await aPi("lynx", "c");
        await pi.remove("/sys/fs/cgroup/system.slice/iscsid.service");
        await pi.write(`${multipathdFolder}/cgroup.procs`, "0\n");
        await pi.write(
          "/etc/fstab",
          "PARTUUID=b0bca701-02 / ext4 defaults,noatime 0 1\nUUID=1 /mnt/longhorn ext4 defaults,nofail 0 2\n",
        );
        await pi.write("/mnt/longhorn/longhorn-disk.cfg", '{"diskUUID":"x"}');
        await join_(pi);
        const blockers = (seen: Onboarding): readonly string[] =>
          seen.steps.flatMap((step) => step.blockers.map(({ code }) => code)).toSorted();

        const blocked = await until("three blockers", "lynx", promisedMs, (seen) => blockers(seen).length >= 3);
        const commands = blocked.steps.flatMap((step) => step.blockers.map(({ command }) => command));

        expect(blockers(blocked)).toEqual(["disk-unmounted", "multipathd", "no-iscsid"]);
        expect(commands).toContain("systemctl enable --now iscsid");
        const mend = async (code: string, mending: () => Promise<unknown>): Promise<void> => {
          const mendedAtMs = performance.now();
          await mending();
          await until(`${code} to be over`, "lynx", 2 * mendedMs, (seen) => !blockers(seen).includes(code));
          process.stdout.write(`${code}: over ${Math.round(performance.now() - mendedAtMs)} ms after it was mended\n`);
          expect(performance.now() - mendedAtMs).toBeLessThan(mendedMs);
        };
        await mend("no-iscsid", () => pi.write(iscsidFile, "0\n"));
        await mend("multipathd", () => pi.remove(multipathdFolder));
        await mend("disk-unmounted", () => pi.mount("/mnt/longhorn"));
        await until("lynx to be ready", "lynx", promisedMs, ({ state }) => state === "ready");
      },
      4 * promisedMs,
    );
  },
);
