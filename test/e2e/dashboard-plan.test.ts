/** What is written on the cluster, on the page, in a real Chromium: the plan and its approval, the reasons on a node's page, the banner. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FakeReconciliation } from "../../collector/src/api/test-support/fake-reconciliation.ts";
import { anExplanation, anOperation, aRemoval, aStatus, domain } from "../../collector/src/api/test-support/reconcile-bodies.ts";
import { type AllDoors, openAllDoors, proxySecret } from "../api-access/all-doors.ts";
import { repositoryPath } from "./installation.ts";
import { type LoginProxy, startLoginProxy } from "./login-proxy.ts";
import { launchBrowser, missingForPages } from "./page-browser.ts";

const reason = missingForPages();

const sizes = [
  { name: "desktop", width: 1280, height: 900 },
  { name: "phone", width: 390, height: 844 },
];

describe.skipIf(reason !== undefined)(
  `the plan on the page${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  { timeout: 90_000 },
  () => {
    let browser: Browser;
    let reconciliation: FakeReconciliation;
    let doors: AllDoors;
    let proxy: LoginProxy;
    let page: Page;

    beforeAll(async () => {
      browser = await launchBrowser();
    }, 60_000);

    afterAll(() => browser?.close());

    beforeEach(async () => {
      reconciliation = new FakeReconciliation();
      doors = await openAllDoors({ reconciliation, dashboardDir: repositoryPath("packages/dashboard/dist") });
      const address = doors.api.doors.of("proxy")?.address;
      if (address === undefined) throw new Error("the proxy's door is not open");
      proxy = await startLoginProxy(address, proxySecret);
      proxy.logIn({ name: "ada", groups: ["admins"] });
    });

    afterEach(async () => {
      await page?.close();
      await proxy[Symbol.asyncDispose]();
      await doors[Symbol.asyncDispose]();
    });

    async function open({ width, height }: (typeof sizes)[number], fragment = ""): Promise<readonly string[]> {
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
    const main = async (): Promise<string> => (await page.locator("main").textContent()) ?? "";

    it.each(sizes)(
      "leads an admin from the overview to the first plan, and approves what was shown, at $name width",
      async (size) => {
        const [labels] = aStatus().reconcilers;
        reconciliation.state = {
          ...aStatus({ isWriting: false, notWritingBecause: "no plan was approved yet" }),
          reconcilers: labels === undefined ? [] : [{ ...labels, waiting: 2, waitingFor: { approval: 2 } }],
        };
        reconciliation.planned = {
          ...{ hash: "ab12", isApproved: false },
          operations: [anOperation(), aRemoval({ node: "otter", before: "ssd" })],
          held: [{ reconciler: "node-labels", node: "bobcat", item: "", reason: "its agent is silent" }],
        };

        const complaints = await open(size);
        await page.getByText("A first plan waits for approval").waitFor();
        const overflows = [await overflow()];
        await page.getByRole("link", { name: "Look at the plan" }).click();
        await page.getByRole("heading", { name: "2 steps on 2 nodes" }).waitFor();
        const shown = await main();
        overflows.push(await overflow());
        await page.getByRole("button", { name: "Approve the 2 steps" }).click();
        const before = reconciliation.planned.isApproved;
        await page.getByRole("button", { name: "Yes" }).click();
        await page.getByText("Approved: 2 steps will be done.").waitFor();

        for (const text of ["+ storage-class=nvme", "- storage-class=ssd", "every disk that could hold data is NVMe", "bobcat"]) {
          expect(shown).toContain(text);
        }
        expect([before, reconciliation.planned.isApproved]).toEqual([false, true]);
        expect(doors.api.store.audit).toMatchObject([{ action: "plan.approve", actor: { name: "ada" }, outcome: "done" }]);
        expect(overflows).toEqual([0, 0]);
        expect(complaints).toEqual([]);
      },
    );

    it("approves nothing else than what was shown, and says so", async () => {
      reconciliation.planned = { hash: "ab12", isApproved: false, operations: [anOperation()], held: [] };
      await open({ name: "", width: 1280, height: 900 }, "#/plan");
      await page.getByRole("button", { name: "Approve the 1 step" }).click();
      reconciliation.planned = { ...reconciliation.planned, hash: "cd34" };

      await page.getByRole("button", { name: "Yes" }).click();
      await page.getByText("the plan is another by now").waitFor();

      expect(reconciliation.planned.isApproved).toBe(false);
    });

    it("shows viewers the plan, and who may approve it", async () => {
      proxy.logIn({ name: "bob", groups: ["viewers"] });
      reconciliation.planned = { hash: "ab12", isApproved: false, operations: [anOperation()], held: [] };

      await open({ name: "", width: 1280, height: 900 }, "#/plan");
      await page.getByText("An admin approves it").waitFor();

      expect(await main()).toContain("nodekeeper apply ab12");
      expect(await page.getByRole("button", { name: "Approve" }).count()).toBe(0);
    });

    it("fetches a plan again only when it is another one", async () => {
      reconciliation.planned = { hash: "ab12", isApproved: false, operations: [anOperation()], held: [] };
      page = await browser.newPage();
      await page.clock.install();
      const answers: number[] = [];
      page.on("response", (response) => response.url().endsWith("/api/v1/plan") && answers.push(response.status()));
      const asked = () => page.waitForResponse((response) => response.url().endsWith("/api/v1/plan"));
      await page.goto(`${proxy.url}#/plan`);
      await page.getByText("+ storage-class=nvme").waitFor();

      for (const planned of [
        reconciliation.planned,
        { ...reconciliation.planned, operations: [anOperation({ after: "ssd" })] },
      ]) {
        reconciliation.planned = planned;
        const answer = asked();
        await page.clock.fastForward(10_000);
        await answer;
      }
      await page.getByText("+ storage-class=ssd").waitFor();

      expect(answers).toEqual([200, 304, 200]);
    });

    it("shows commands that a sentence names as such", async () => {
      const waiting = { for: "pause" as const, text: "Somebody paused it: `nodekeeper reconcile` says who." };
      reconciliation.planned = { hash: "", isApproved: true, operations: [anOperation({ waiting })], held: [] };
      await open({ name: "", width: 1280, height: 900 }, "#/plan");

      await page.locator("code", { hasText: /^nodekeeper reconcile$/ }).waitFor();

      expect(await main()).toContain("somebody paused it: nodekeeper reconcile says who");
    });

    it.each(sizes)("says on a node's page what is written and why, at $name width", async (size) => {
      const key = `${domain}/gpu.product`;
      reconciliation.explanations = [
        anExplanation(),
        anExplanation({ item: key, live: "a", value: "b", waiting: { for: "dwell", text: "it must hold for 1 min" } }),
      ];

      const complaints = await open(size, "#/nodes/neko");
      await page.getByText("Written on the cluster").waitFor();
      await page.locator("summary", { hasText: "gpu.product" }).click();
      await page.locator("details[open]").getByText("storage.classes", { exact: true }).waitFor();
      const opened = (await page.locator("details[open]").textContent()) ?? "";

      for (const text of [
        "a → b",
        "waits: it must hold for 1 min",
        "built-in policy, line 12",
        "? storage.classes[0]",
        '["nvme"]',
      ]) {
        expect(opened).toContain(text);
      }
      expect(await overflow()).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
    });

    it("says on the overview what keeps it from writing, and nothing of a cluster where there is none", async () => {
      reconciliation.state = aStatus({ isWriting: false, notWritingBecause: "somebody paused it" });
      await open({ name: "", width: 1280, height: 900 });
      await page.getByText("Nothing is written on the cluster: somebody paused it").waitFor();
      await page.close();

      await using alone = await openAllDoors({ dashboardDir: repositoryPath("packages/dashboard/dist") });
      page = await browser.newPage();
      await page.goto(alone.api.server.url);
      await page.getByText("neko").first().waitFor();
      await page.getByText("live", { exact: true }).waitFor();

      expect(await page.getByRole("link", { name: "Plan" }).count()).toBe(0);
      expect(await main()).not.toContain("cluster");
    });

    it("shows in the audit what a write changed, and that it was begun when asked", async () => {
      const write = {
        ...{ at: new Date().toISOString(), actor: { kind: "collector" as const, name: "" }, action: "node-labels.write" },
        ...{ target: { kind: "node", name: "neko" }, detail: "" },
        changes: [{ item: `${domain}/storage-class`, before: "ssd", after: "nvme" }],
      };
      await doors.api.store.appendAudit([
        { ...write, outcome: "begun" },
        { ...write, outcome: "done" },
      ]);

      await open({ name: "", width: 1280, height: 900 }, "#/audit");
      await page.getByText("storage-class: ssd → nvme").waitFor();
      const begun = (): Promise<number> => page.getByText("begun", { exact: true }).count();
      const folded = await begun();
      await page.getByRole("button", { name: "Show that they were begun" }).click();

      expect([folded, await begun()]).toEqual([0, 1]);
    });
  },
);
