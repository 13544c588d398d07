/** The main job, end to end, on this machine: what the API and the CLI say against what shell and awk find by themselves. */
import { execFileSync, spawnSync } from "node:child_process";
import type { NodeDetail, NodeHealth, NodeList, SubjectBody } from "@nodekeeper/shared/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installation, missingBundles, repositoryPath, startInstallation } from "./installation.ts";

const reason = missingBundles();

/** What a shell says; the extraction that is independent of ours. */
function shell(script: string): string {
  return execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).trim();
}

function cli(installation: Installation, ...args: string[]) {
  return cliAlone(...args, "--collector", installation.url);
}

function cliAlone(...args: string[]) {
  const argv = [repositoryPath("packages/cli/dist/nodekeeper.cjs"), ...args];
  const result = spawnSync(process.execPath, argv, { encoding: "utf8", env: {} });
  return { out: result.stdout, error: result.stderr, exitCode: result.status };
}

describe.skipIf(reason !== undefined)(
  `first light${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  { timeout: 90_000 },
  () => {
    let installation: Installation;

    beforeAll(async () => {
      installation = await startInstallation("first-light");
    }, 120_000);
    afterAll(async () => installation?.[Symbol.asyncDispose]());

    async function get<Body>(path: string): Promise<Body> {
      const response = await fetch(`${installation.url}${path}`);
      expect(response.status).toBe(200);
      return (await response.json()) as Body; // our own API; its schemas are tested there
    }
    const detailOf = (): Promise<NodeDetail> => get<NodeDetail>(`/api/v1/nodes/${installation.nodeName}`);
    const ofKind = (detail: NodeDetail, kind: string): readonly SubjectBody[] =>
      detail.subjects.filter((subject) => subject.kind === kind && subject.outcome === "ok");

    it("shows this machine's memory, kernel and processors as the kernel states them", async () => {
      const detail = await detailOf();

      expect(ofKind(detail, "memory")[0]?.value).toMatchObject({
        totalBytes: 1024 * Number(shell("awk '/^MemTotal/ {print $2}' /proc/meminfo")),
      });
      expect(ofKind(detail, "operating_system")[0]?.value).toMatchObject({
        kernelRelease: shell("uname -r"),
        architecture: shell("uname -m"),
        hostname: shell("cat /proc/sys/kernel/hostname"),
        bootId: shell("cat /proc/sys/kernel/random/boot_id"),
      });
      expect(ofKind(detail, "cpu")[0]?.value).toMatchObject({ logicalCount: Number(shell("getconf _NPROCESSORS_ONLN")) });
    });

    it("shows every disk of /sys/block that has a size, with that size", async () => {
      const expected = shell(
        'for d in $(ls /sys/block | grep -v ^ram); do s=$(cat /sys/block/$d/size); [ "$s" -gt 0 ] && echo "$d $((s * 512))"; done; true',
      );

      const disks = ofKind(await detailOf(), "block_device").map(
        (disk) => `${disk.value?.["name"]} ${disk.value?.["sizeBytes"]}`,
      );

      expect([...disks].sort()).toEqual(expected.split("\n").sort());
    });

    it("shows the root filesystem with the size that df finds", async () => {
      const size = Number(shell("df -B1 --output=size / | tail -n 1"));

      const root = ofKind(await detailOf(), "filesystem").find((filesystem) => filesystem.id === "/");

      expect(root?.value).toMatchObject({ sizeBytes: size });
      expect(root?.samples["available_bytes"]).toBeGreaterThan(0);
    });

    it("shows the loopback interface and every interface with hardware", async () => {
      const expected = shell("for i in $(ls /sys/class/net); do [ -e /sys/class/net/$i/device ] && echo $i; done; echo lo").split(
        "\n",
      );

      const names = ofKind(await detailOf(), "network_interface").map((one) => one.id);

      expect(names).toEqual(expect.arrayContaining(expected));
    });

    it("gives a reason for each thing that it could not tell, and the same list by health", async () => {
      const detail = await detailOf();
      const health = await get<NodeHealth>(`/api/v1/nodes/${installation.nodeName}/health`);

      const failed = [...detail.probes, ...detail.subjects].filter((thing) => thing.outcome === "failed");
      expect(failed.every((thing) => (thing.failure?.message ?? "").length > 10)).toBe(true);
      expect(health.unknowns.length).toBeGreaterThanOrEqual(
        detail.subjects.filter((subject) => subject.outcome === "failed").length,
      );
      expect(["ok", "degraded", "failed"]).toContain(health.status);
    });

    it("shows the same by the command line: table, JSON and exit code", async () => {
      const wanted = async (): Promise<number> =>
        (await get<NodeList>("/api/v1/nodes")).nodes.every((one) => one.status === "ok") ? 0 : 1;
      const before = await wanted();
      const table = cli(installation, "nodes");
      const after = await wanted();
      const node = cli(installation, "node", installation.nodeName);
      const json = cli(installation, "node", installation.nodeName, "--json");

      expect(table.out.split("\n")[1]).toContain(installation.nodeName);
      expect([before, after]).toContain(table.exitCode);
      for (const disk of ofKind(await detailOf(), "block_device")) expect(node.out).toContain(String(disk.value?.["name"]));
      expect(node.out).toContain(shell("uname -r"));
      expect(JSON.parse(json.out)).toMatchObject({ summary: { name: installation.nodeName } });
      expect([table.error, node.error, json.error]).toEqual(["", "", ""]);
    });

    it("tells the same without a collector: doctor", () => {
      const doctor = cliAlone("doctor", "--json").out;
      const text = cliAlone("doctor").out;

      expect(JSON.stringify(JSON.parse(doctor))).toContain(shell("cat /proc/sys/kernel/random/boot_id"));
      expect(text).toContain(shell("uname -r"));
    });

    it("stops both programs cleanly at SIGTERM, and shows that the agent said goodbye", async () => {
      expect(await installation.agent.stop()).toBe(0);
      await expect.poll(async () => (await detailOf()).summary.isConnected, { timeout: 30_000 }).toBe(false);
      expect(await installation.collector.stop()).toBe(0);
    });
  },
);
