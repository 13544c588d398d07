/** The page behind a login, in a real Chromium: it says who looks, turns away who may not, and comes back with the login. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Machine } from "../../collector/src/api/test-support/machine.ts";
import { type AllDoors, json, openAllDoors, proxySecret } from "../api-access/all-doors.ts";
import { repositoryPath } from "./installation.ts";
import { type LoginProxy, startLoginProxy } from "./login-proxy.ts";
import { launchBrowser, missingForPages } from "./page-browser.ts";

const reason = missingForPages();

const sizes = [
  { name: "desktop", width: 1280, height: 900 },
  { name: "phone", width: 390, height: 844 },
];
const ada = { name: "ada", groups: ["admins"] };
const bob = { name: "bob", groups: ["viewers"] };
const eve = { name: "eve", groups: [] };

describe.skipIf(reason !== undefined)(
  `dashboard behind a login${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  { timeout: 90_000 },
  () => {
    let browser: Browser;
    let doors: AllDoors;
    let proxy: LoginProxy;
    let page: Page;

    beforeAll(async () => {
      browser = await launchBrowser();
    }, 60_000);

    afterAll(() => browser?.close());

    beforeEach(async () => {
      doors = await openAllDoors({ dashboardDir: repositoryPath("packages/dashboard/dist") });
      const address = doors.api.doors.of("proxy")?.address;
      if (address === undefined) throw new Error("the proxy's door is not open");
      proxy = await startLoginProxy(address, proxySecret);
    });

    afterEach(async () => {
      await page?.close();
      await proxy[Symbol.asyncDispose]();
      await doors[Symbol.asyncDispose]();
    });

    async function open(width: number, height: number, fragment = ""): Promise<readonly string[]> {
      const complaints: string[] = [];
      page = await browser.newPage({ viewport: { width, height } });
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (message.text().includes("Content Security Policy")) complaints.push(message.text());
      });
      await page.goto(`${proxy.url}${fragment}`);
      return complaints;
    }

    const overflow = (): Promise<number> =>
      page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

    it.each(sizes)("says who looks, and shows admins what was done, at $name width", async ({ width, height }) => {
      await doors.ask("admin", "/api/v1/tokens", json({ kind: "api", name: "open-webui", scopes: ["gpu:read"] }));
      await doors.ask("admin", "/api/v1/tokens/nothing", { method: "DELETE" });
      proxy.logIn(ada);

      const complaints = await open(width, height);
      await page.getByText("neko").first().waitFor();
      await page.getByText("ada").waitFor();
      await page.getByRole("link", { name: "Audit" }).click();
      await page.getByText("token.create").waitFor();
      const text = (await page.locator("main").textContent()) ?? "";

      expect(text).toContain("token open-webui");
      expect(text).toContain("token.revoke");
      expect(await overflow()).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
    });

    it.each(sizes)("says of nodes whether they proved their names, where some did, at $name width", async ({ width, height }) => {
      const { state } = doors.api;
      state.apply(new Machine("bobcat").connect(Date.now()));
      state.apply({ kind: "proven", node: "neko", proof: { state: "proven", by: "credential" } });
      proxy.logIn(bob);

      await open(width, height);
      await page.getByText("unproven").waitFor();
      const card = await page.locator(".card", { hasText: "unproven" }).textContent();
      const fleetOverflow = await overflow();
      await page.getByText("neko").first().click();
      await page.getByText("its agent proved that it is this node").waitFor();

      expect(card).toContain("bobcat");
      expect([fleetOverflow, await overflow()]).toEqual([0, 0]);
    });

    it("shows viewers no way to the audit", async () => {
      proxy.logIn(bob);
      await open(1280, 900);
      await page.getByText("bob").waitFor();

      expect(await page.getByRole("link", { name: "Audit" }).count()).toBe(0);
    });

    it.each(sizes)("tells who is not logged in so, at $name width", async ({ width, height }) => {
      const complaints = await open(width, height);

      await page.getByRole("heading", { name: "You are not logged in" }).waitFor();
      expect(await page.getByRole("button", { name: "Log in" }).count()).toBe(1);
      expect(await page.locator("main").textContent()).not.toContain("neko");
      expect(await overflow()).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
    });

    it("tells who has no right so, by name", async () => {
      proxy.logIn(eve);
      await open(390, 844);

      await page.getByRole("heading", { name: "You may not look at this" }).waitFor();
      expect(await page.locator("main").textContent()).toContain("eve");
      expect(await overflow()).toBeLessThanOrEqual(0);
    });

    it("goes away with the login, and comes back with it by itself", async () => {
      proxy.logIn(bob);
      await open(1280, 900);
      await page.getByText("neko").first().waitFor();

      proxy.logIn(undefined);
      await page.getByRole("heading", { name: "You are not logged in" }).waitFor();
      const hidden = await page.getByText("neko").count();
      proxy.logIn(bob);
      await page.getByText("neko").first().waitFor();
      await page.getByText("live", { exact: true }).waitFor();

      expect(hidden).toBe(0);
    });
  },
);
