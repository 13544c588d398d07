/** GPUs and routes on the page, in a real Chromium: a game that takes a GPU is seen live, people keep GPUs and give them back, and ask where a model would go. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AllDoors, openAllDoors, proxySecret } from "../api-access/all-doors.ts";
import { repositoryPath } from "./installation.ts";
import { type LoginProxy, startLoginProxy } from "./login-proxy.ts";
import { type MadeUpGpu, type MadeUpGpus, makeGpus } from "./made-up-gpus.ts";
import { launchBrowser, missingForPages } from "./page-browser.ts";

const reason = missingForPages();

const desktop = { name: "desktop", width: 1280, height: 900 };
const phone = { name: "phone", width: 390, height: 844 };

const ollama = { name: "ollama", purpose: "ollama", pid: 1, gib: 3 } as const;
const game = { name: "Cyberpunk2077.exe", purpose: "game", pid: 2, gib: 9 } as const;
const models = [
  { name: "granite4:3b", gib: 2.1 },
  { name: "llama3.1:8b", gib: 4.9 },
];
const lynx: MadeUpGpu = { ollama: { models, loaded: [{ name: "granite4:3b", gib: 2.8 }] }, gpu: { processes: [ollama] } };
const playing: MadeUpGpu = { ollama: { models }, gpu: { processes: [game] } };
const siberian: MadeUpGpu = { ollama: { models }, gpu: { name: "NVIDIA GeForce RTX 4090", gib: 24 } };
const pi: MadeUpGpu = { ollama: { models }, gpu: { name: "NVIDIA GeForce RTX 3050 Ti Laptop GPU", gib: 4 } };

describe.skipIf(reason !== undefined)(
  `GPUs on the page${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  { timeout: 90_000 },
  () => {
    let browser: Browser;
    let gpus: MadeUpGpus;
    let doors: AllDoors;
    let proxy: LoginProxy;
    let page: Page;
    let complaints: string[];

    beforeAll(async () => {
      [browser, gpus] = await Promise.all([launchBrowser(), makeGpus()]);
      const { state, routing, reservations, gpuUsage } = gpus;
      const dashboardDir = repositoryPath("packages/dashboard/dist");
      doors = await openAllDoors({ state, routing, reservations, gpuUsage, dashboardDir });
      const address = doors.api.doors.of("proxy")?.address;
      if (address === undefined) throw new Error("the proxy's door is not open");
      proxy = await startLoginProxy(address, proxySecret);
    }, 60_000);

    afterAll(async () => {
      await browser?.close();
      await proxy?.[Symbol.asyncDispose]();
      await doors?.[Symbol.asyncDispose]();
      await gpus?.[Symbol.asyncDispose]();
    });

    beforeEach(() => proxy.logIn({ name: "ada", groups: ["admins"] }));
    afterEach(() => page?.close());

    async function open({ width, height }: typeof desktop, fragment = "#/gpus"): Promise<void> {
      complaints = [];
      page = await browser.newPage({ viewport: { width, height } });
      page.setDefaultTimeout(30_000);
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
      });
      await page.goto(`${proxy.url}${fragment}`);
      await page.getByText("live", { exact: true }).waitFor();
    }

    const button = (name: string) => page.getByRole("button", { name });
    const card = (name: string) => page.getByRole("article", { name, exact: true });
    const box = (name: string) => page.getByRole("region", { name });
    const overflow = (): Promise<number> =>
      page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

    it("says in plain words that there is nothing yet, and shows the first GPU when it comes", async () => {
      await open(phone);
      await page.getByText("No GPU that computes is known.").waitFor();
      await page.getByText("No Ollama server is known").waitFor();

      gpus.say("lynx", lynx);
      await card("lynx").getByText("free", { exact: true }).first().waitFor();

      expect(await card("lynx").textContent()).toContain("granite4:3b on the GPU, context 4,096 tokens, stays");
      expect(complaints).toEqual([]);
    });

    it("shows a game that takes a GPU within seconds: who holds the memory, who keeps it, and where requests go meanwhile", async () => {
      gpus.say("siberian", siberian);
      gpus.say("pi", pi);
      await open(desktop, "#/gpus?model=granite4%3A3b");
      await box("Where would it go?").getByText("granite4:3b goes to lynx: it is loaded there").waitFor();
      await page.getByText("granite4:3b, stays").waitFor();

      const beganAtMs = performance.now();
      gpus.say("lynx", playing);
      await card("lynx").getByText("game: Cyberpunk2077.exe").waitFor();
      await card("lynx").getByText("Kept for Cyberpunk2077.exe").waitFor();
      await box("Where would it go?").getByText("granite4:3b goes to siberian").waitFor();
      const tookMs = performance.now() - beganAtMs;

      await card("lynx").getByText("taken").first().waitFor();
      const row = page.locator("table.routes tr", { hasText: "granite4:3b" });
      await row.getByText("not now").waitFor();
      const cells = () => row.locator("td").allTextContents();
      await expect.poll(cells, { timeout: 30_000 }).toEqual(["granite4:3b", "not now", "2. fits", "1. fits"]);
      expect(tookMs).toBeLessThan(15_000);
      expect(complaints).toEqual([]);
    });

    it("lets an admin keep a GPU and give it back, and asks what is free meanwhile", async () => {
      await open(desktop);
      await button("Reserve: siberian").click();
      await page.getByLabel("How long").selectOption("1 hour");
      await page.getByLabel("Why").fill("a film");
      await button("Reserve it").click();
      await card("siberian").getByText("Reserved by ada for another").waitFor();
      expect(await card("siberian").textContent()).toMatch(/for another (1 h|59 min.*): a film/);

      await button("for a program").click();
      await page.getByLabel("GiB that must be free").fill("20");
      await box("Is a GPU free?").getByText("kept for ada (a film)").first().waitFor();
      expect(page.url()).toContain("need=memory&gib=20");
      await button("llama3.1:8b").click();
      await box("Where would it go?").getByText("No server can take llama3.1:8b now.").waitFor();
      expect(await box("Where would it go?").textContent()).toContain("its GPU is kept for ada (a film)");

      await button("Release siberian").click();
      await card("siberian").getByText("Released").waitFor();
      await box("Is a GPU free?").getByText("The NVIDIA GeForce RTX 4090 of siberian is free", { exact: false }).waitFor();
      await box("Where would it go?").getByText("llama3.1:8b goes to siberian").waitFor();
      expect(gpus.reservations.of("siberian")).toBeUndefined();
      expect(complaints).toEqual([]);
    });

    it("gives viewers the command and no button, leads to the node and back, and fits on a phone", async () => {
      proxy.logIn({ name: "bob", groups: ["viewers"] });
      gpus.say("lynx", playing);
      gpus.answer("pi", { kind: "down", sinceMs: Date.now() - 60_000, problem: "connection refused" });
      await open(phone);
      await page.getByText("it does not answer: connection refused").waitFor();
      await card("siberian").getByText("To reserve it").click();
      await card("siberian").getByText('nodekeeper gpu reserve siberian --for 3h --reason "a game"').waitFor();
      expect(await button("Reserve").count()).toBe(0);
      await page.getByText("Who held the memory").waitFor();
      await page.locator(".u-legend", { hasText: "Cyberpunk2077.exe" }).waitFor();
      expect(await overflow()).toBeLessThanOrEqual(0);

      await card("siberian").getByRole("link", { name: "siberian" }).click();
      await page.getByRole("link", { name: "reserve it, and where models go" }).click();
      await card("siberian").waitFor();
      await card("lynx").waitFor({ state: "detached" });
      expect(page.url()).toContain("q=siberian");
      expect(complaints).toEqual([]);
    });

    it("stays small with a hundred machines and more, and says of one that it was switched off at once", async () => {
      for (let index = 0; index < 120; index += 1) gpus.say(`node-${String(index).padStart(3, "0")}`, siberian);
      await open(desktop, "#/gpus?q=node-11");
      await card("node-110").waitFor();
      gpus.leave("node-110");
      await card("node-110").getByText("off", { exact: true }).waitFor();
      await page.getByLabel("Search GPUs").fill("");
      await card("node-000").waitFor();

      expect(await page.getByRole("article").count()).toBe(12);
      expect(await page.evaluate<number>("document.querySelectorAll('*').length")).toBeLessThan(1_500);
      await button("off 1").click();
      await card("node-110").waitFor();
      expect(await page.getByRole("article").count()).toBe(1);
      expect(complaints).toEqual([]);
    });
  },
);
