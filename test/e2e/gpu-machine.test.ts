/** A machine with GPUs, Ollama and a tailnet, from its files and sockets to the command line and the page, through the programs as they are installed. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { NodeDetail } from "@nodekeeper/shared/api";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installation, missingBundles, repositoryPath, startInstallation } from "./installation.ts";
import { awakeGpu, gpuFile, type MadeUpHost, makeHost, sleepingGpu } from "./made-up-host.ts";

const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const reason = missingBundles();

describe.skipIf(reason !== undefined)(
  `a machine with GPUs${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  { timeout: 90_000 },
  () => {
    let host: MadeUpHost;
    let installation: Installation;

    beforeAll(async () => {
      host = await makeHost();
      installation = await startInstallation("leopard", {
        hostRoot: host.root,
        agentFlags: ["--interval", "gpu=5s", "--node-address", "127.0.0.1"],
        probes: ["gpu", "ollama", "tailscale", "raspberry-pi", "kubernetes"],
      });
    }, 120_000);
    afterAll(async () => {
      await installation?.[Symbol.asyncDispose]();
      await host?.[Symbol.asyncDispose]();
    });

    async function detailOf(): Promise<NodeDetail> {
      const response = await fetch(`${installation.url}/api/v1/nodes/leopard`);
      return (await response.json()) as NodeDetail; // our own API; its schema is tested there
    }

    /** The command line; not waited for in one go, since the machine's services answer in this process. */
    async function cli(...args: string[]): Promise<string> {
      const child = spawn(process.execPath, [repositoryPath("packages/cli/dist/nodekeeper.cjs"), ...args], { env: {} });
      let out = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text;
      });
      await new Promise((resolve) => child.once("close", resolve));
      return out;
    }

    it("has the verdict on each GPU in the fleet's list, and the facts behind it in the node", async () => {
      const { summary, subjects } = await detailOf();

      expect(summary.gpus).toEqual([
        { id: sleepingGpu, name: "NVIDIA GeForce RTX 3050 Ti Mobile", verdict: "asleep", isIntegrated: false },
        {
          ...{ id: awakeGpu, name: "amd 1002:744c", verdict: "free", isIntegrated: false },
          ...{ memoryTotalBytes: 24 * 2 ** 30, memoryFreeBytes: 18 * 2 ** 30 },
        },
      ]);
      const peers = subjects
        .filter(({ kind }) => kind === "tailscale_peer")
        .map(({ value }) => [value?.["hostName"], value?.["path"]]);
      expect(peers).toEqual(
        expect.arrayContaining([
          ["neko", "direct"],
          ["panther", "derp"],
          ["phone", undefined],
        ]),
      );
    });

    it.each([["node", "leopard"], ["doctor"]])("is told by `nodekeeper %s`", async (command, ...operands) => {
      const where = command === "doctor" ? ["--host-root", host.root] : ["--collector", installation.url];
      const text = await cli(command, ...operands, ...where);

      expect(text).toMatch(/^01:00\.0 +GeForce RTX 3050 Ti Mobile +asleep$/m);
      expect(text).toMatch(/^03:00\.0 +amd 1002:744c +free +6\.0 of 24\.0 GiB +██░░░░░░ +3 % +44 °C +31 W$/m);
      expect(text).toContain("01:00.0  asleep, it was never seen awake");
      expect(text).toMatch(
        /^tailscale +Running as bobcat\.example\.ts\.net, .*3 peers, 2 online, 2 active \(1 direct, 1 relayed\)/m,
      );
      expect(text).toMatch(/^panther +DERP fra$/m);
      expect(text).toMatch(/^power +power is fine now; under-voltage since the start/m);
      expect(text).toMatch(/^k3s +agent/m);
      expect(text).toMatch(/^ollama .*KEEP_ALIVE=24h/m);
    });

    it("has a column of GPUs in `nodekeeper nodes`, and models with whether they fit in `nodekeeper node`", async () => {
      expect(await cli("nodes", "--collector", installation.url)).toMatch(/GPU .*\n.* asleep, free /);
      expect(await cli("node", "leopard", "--collector", installation.url)).toMatch(/^granite4:3b +2\.1 GiB /m);
    });

    describe.skipIf(chromiumPath === undefined)(`its page${chromiumPath === undefined ? " (skipped: no Chromium)" : ""}`, () => {
      let browser: Browser;

      beforeAll(async () => {
        browser = await chromium.launch({ executablePath: chromiumPath ?? "", args: ["--no-sandbox", "--disable-gpu"] });
      }, 60_000);
      afterAll(async () => browser?.close());

      it("shows all of it, and follows a GPU that gets to work without being loaded anew", async () => {
        const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
        const complaints: string[] = [];
        page.on("pageerror", (error) => complaints.push(error.message));
        await page.goto(`${installation.url}/#/nodes/leopard`);
        const card = page.locator("article", { has: page.getByText("amd 1002:744c", { exact: true }) });
        await card.getByText("6.0 of 24.0 GiB").waitFor();
        const text = (await page.locator("main").textContent()) ?? "";

        await host.write(gpuFile(awakeGpu, "mem_info_vram_used"), `${20 * 2 ** 30}\n`);
        await host.write(gpuFile(awakeGpu, "gpu_busy_percent"), "98\n");
        await card.getByText("20.0 of 24.0 GiB").waitFor({ timeout: 40_000 });
        // The probe may have read the one file and not yet the other.
        await expect.poll(() => card.textContent(), { timeout: 40_000 }).toMatch(/busy at 98 %/);
        await page.goto(`${installation.url}/#/`);
        await page.locator("a.card", { hasText: "leopard" }).getByText("busy", { exact: true }).waitFor();
        const fleet = (await page.locator("a.card", { hasText: "leopard" }).textContent()) ?? "";
        await page.close();

        expect(text).toMatch(/GeForce RTX 3050 Ti Mobileasleep01:00\.0 · nvidia 580\.95\.05asleep, it was never seen awake/);
        expect(text).toMatch(/Running as bobcat\.example\.ts\.net/);
        expect(text).toMatch(/panther linuxDERP fra/);
        expect(text).toMatch(/granite4:3b/);
        expect(text).toMatch(/Powerpower is fine now; under-voltage since the start/);
        expect(text).toContain("GPU memory used");
        expect(fleet).toMatch(/GPUasleepbusy/);
        expect(complaints).toEqual([]);
      }, 150_000);
    });
  },
);
