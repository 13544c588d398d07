/** The units of deploy/systemd: well-formed, held in, and at work on a machine with systemd, from the script's installation to a proven report. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../durability/wait-until.ts";
import { missingBundles, repositoryPath } from "../e2e/installation.ts";
import { tryTool } from "../vm/tool.ts";
import { missingForSystemd, type SystemdMachine, startSystemdMachine } from "./systemd-machine.ts";

const folder = repositoryPath("deploy/systemd");
const units = readdirSync(folder).filter((name) => name.endsWith(".service"));
const missing = missingForSystemd();
const missingMachine = missing ?? missingBundles();
const because = (reason: string | undefined): string => (reason === undefined ? "" : ` (skipped: ${reason})`);
const limitMs = 60_000;

describe.skipIf(missing !== undefined)(
  `feature 87: least privilege: units of systemd${because(missing)}`,
  { timeout: 90_000 },
  () => {
    // As systemd-analyze weighs it: 0 is nothing, 10 everything.
    it.each([
      { unit: "nodekeeper-probe.service", exposure: 38 },
      { unit: "nodekeeper-report.service", exposure: 15 },
      { unit: "nodekeeper-collector.service", exposure: 15 },
    ])("is exposed by no more than $exposure tenths: $unit", async ({ unit, exposure }) => {
      const { exitCode, stdout } = await tryTool("systemd-analyze", [
        ...["security", "--offline=yes", `--threshold=${exposure}`, "--no-pager", join(folder, unit)],
      ]);

      expect(stdout).toContain("Overall exposure level");
      expect(exitCode).toBe(0);
      expect(units).toContain(unit);
    });
  },
);

describe.skipIf(missingMachine !== undefined)(
  `feature 88: split: the agent as services of systemd${because(missingMachine)}`,
  { timeout: 90_000 },
  () => {
    let machine: SystemdMachine;

    beforeAll(async () => {
      machine = await startSystemdMachine();
      const install = `PATH=${join(process.execPath, "..")}:$PATH exec ${folder}/install.sh agent collector`;
      const installed = await machine.run("sh", "-c", install);
      expect(installed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("installed:") });
      const options = ["PUBLIC_GRPC_LISTEN=127.0.0.1:7071", "PUBLIC_NAME=localhost"].map(
        (line) => `NODEKEEPER_COLLECTOR_${line}\\n`,
      );
      await machine.run("sh", "-c", `printf '${options.join("")}' >/etc/nodekeeper/collector.env`);
      expect(await machine.run("systemctl", "enable", "--now", "nodekeeper-collector")).toMatchObject({ exitCode: 0 });
    }, 2 * limitMs);

    afterAll(async () => {
      await machine?.[Symbol.asyncDispose]();
    });

    it("is known to systemd without a word of complaint", async () => {
      const paths = units.map((unit) => `/etc/systemd/system/${unit}`);

      expect(await machine.run("systemd-analyze", "verify", ...paths)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    });

    it("is enrolled by one command, and then reports what root alone can read", async () => {
      await waitUntil("the collector answers", limitMs, async () => (await machine.run("nodekeeper", "nodes")).exitCode === 0);
      const { stdout: made } = await machine.run("nodekeeper", "token", "create", "--node", "siberian", "--ttl", "15m", "--json");
      const { text } = JSON.parse(made) as { readonly text: string }; // our own program
      const enrolled = await machine.run("sh", "-c", `(sleep 1; echo ${text}) | nodekeeper enroll localhost:7071`);
      expect(enrolled).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("siberian") });
      expect(await machine.run("systemctl", "enable", "--now", "nodekeeper-probe", "nodekeeper-report")).toMatchObject({
        exitCode: 0,
      });

      const probes = await waitUntil("the collector knows the machine", limitMs, async () => {
        const { stdout } = await machine.run("nodekeeper", "node", "siberian", "--json");
        const answer = stdout.startsWith("{") ? (JSON.parse(stdout) as NodeAnswer) : undefined; // our own program
        const found = new Map((answer?.probes ?? []).map(({ name, outcome }) => [name, outcome]));
        return ["system", "disks", "kernel-log", "network", "smart"].every((name) => found.has(name)) ? found : undefined;
      });

      expect(Object.fromEntries(probes)).toMatchObject({ system: "ok", disks: "ok", "kernel-log": "ok", network: "ok" });
    });

    it("runs each side as the user that it is meant for", async () => {
      const users = await Promise.all(
        ["probe", "report", "collector"].map(async (name) => {
          const { stdout } = await machine.run("systemctl", "show", "--value", "--property=MainPID", `nodekeeper-${name}`);
          return (await machine.run("stat", "--format=%U", `/proc/${stdout.trim()}`)).stdout.trim();
        }),
      );

      expect(users).toEqual(["root", "nodekeeper", "nodekeeper-collector"]);
    });

    it("says goodbye when it is stopped, and leaves nothing that runs", async () => {
      expect(await machine.run("systemctl", "stop", "nodekeeper-probe")).toMatchObject({ exitCode: 0 });

      const { stdout } = await machine.run(
        "systemctl",
        "show",
        "--property=Result,ActiveState",
        "nodekeeper-probe",
        "nodekeeper-report",
      );
      expect(stdout.trim().split(/\n+/).sort()).toEqual([
        "ActiveState=inactive",
        "ActiveState=inactive",
        "Result=success",
        "Result=success",
      ]);
      await waitUntil("the collector has heard its goodbye", 40_000, async () => {
        const journal = await machine.run("journalctl", "--no-pager", "--unit=nodekeeper-collector");
        return journal.stdout.includes('"goodbye":"stopped","msg":"an agent left"');
      });
    });
  },
);

interface NodeAnswer {
  readonly probes: readonly { readonly name: string; readonly outcome: string }[];
}
