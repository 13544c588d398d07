/** The page in a real Chromium, at a desk and on a phone: it shows this machine, stays live, and breaks no rule of its own security policy. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeDetail } from "@nodekeeper/shared/api";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installation, missingBundles, startInstallation } from "./installation.ts";

const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const reason = missingBundles() ?? (chromiumPath === undefined ? "no Chromium on this machine" : undefined);

const sizes = [
  { name: "desktop", width: 1280, height: 900 },
  { name: "phone", width: 390, height: 844 },
];

describe.skipIf(reason !== undefined)(
  `feature 84: a page of the fleet and its history: dashboard${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  { timeout: 90_000 },
  () => {
    let installation: Installation;
    let browser: Browser;
    let profile: string;

    beforeAll(async () => {
      profile = await mkdtemp(join(tmpdir(), "nodekeeper-chromium-"));
      installation = await startInstallation("page-test");
      browser = await chromium.launch({
        executablePath: chromiumPath ?? "",
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
        ],
      });
    }, 120_000);

    afterAll(async () => {
      await browser?.close();
      await installation?.[Symbol.asyncDispose]();
      await rm(profile, { recursive: true, force: true });
    });

    async function openPage(size: {
      readonly width: number;
      readonly height: number;
    }): Promise<{ readonly page: Page; readonly complaints: string[] }> {
      const page = await browser.newPage({ viewport: { width: size.width, height: size.height } });
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      await page.goto(installation.url);
      return { page, complaints };
    }

    it.each(sizes)(
      "shows the fleet and one node at $name width, without a complaint and without sideways scrolling",
      async (size) => {
        const { page, complaints } = await openPage(size);

        await page.getByText(installation.nodeName).first().click();
        await page.getByRole("heading", { name: installation.nodeName }).waitFor();
        await page.getByRole("heading", { name: "Filesystems" }).waitFor();
        await page.locator(".plot canvas").first().waitFor();
        const overflow = await page.evaluate<number>(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        const text = (await page.locator("main").textContent()) ?? "";
        await page.close();

        expect(text).toContain("Memory available");
        expect(text).toContain("Load average");
        expect(overflow).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
      },
    );

    it("shows each disk of the machine and the reason for what could not be told", async () => {
      const { page } = await openPage({ width: 1280, height: 900 });
      const response = await fetch(`${installation.url}/api/v1/nodes/${installation.nodeName}`);
      const detail = (await response.json()) as NodeDetail; // our own API; its schema is tested there
      await page.goto(`${installation.url}/#/nodes/${installation.nodeName}`);
      await page.getByRole("heading", { name: "Probes" }).waitFor();
      const text = (await page.locator("main").textContent()) ?? "";
      await page.close();

      for (const subject of detail.subjects) {
        if (subject.kind === "block_device" && subject.outcome === "ok") expect(text).toContain(subject.value?.["name"]);
        if (subject.outcome === "failed") expect(text).toContain(subject.failure?.message);
      }
    });

    it("says so when the collector goes, and comes back by itself", async () => {
      const { page } = await openPage({ width: 1280, height: 900 });
      await page.getByRole("status").getByText("live").waitFor();

      await installation.collector.kill();
      await page.getByText("connection lost").waitFor({ timeout: 30_000 });
      installation.collector.start();
      await page.getByRole("status").getByText("live").waitFor({ timeout: 30_000 });

      await page.getByText(installation.nodeName).first().waitFor();
      await page.close();
    }, 120_000);
  },
);
