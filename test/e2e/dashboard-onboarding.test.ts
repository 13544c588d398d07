/** Machines on their way, Longhorn's disks, and what would break, on the page, in a real Chromium. */
import { BlockDeviceType } from "@nodekeeper/proto";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FakeReconciliation } from "../../collector/src/api/test-support/fake-reconciliation.ts";
import { aReading, Machine } from "../../collector/src/api/test-support/machine.ts";
import { anExplanation } from "../../collector/src/api/test-support/reconcile-bodies.ts";
import { type AllDoors, openAllDoors, proxySecret } from "../api-access/all-doors.ts";
import { repositoryPath } from "./installation.ts";
import { type LoginProxy, startLoginProxy } from "./login-proxy.ts";
import { aBlockedMachine, aMachine, MadeUpOnboardings, madeUpBlast, storageExplanations } from "./made-up-onboardings.ts";
import { launchBrowser, missingForPages } from "./page-browser.ts";

const reason = missingForPages();
/** Where pictures of the pages are put, for whoever wants to look at them. */
const pictures = process.env["NODEKEEPER_PICTURES"];

const desktop = { name: "desktop", width: 1280, height: 900 };
const phone = { name: "phone", width: 390, height: 844 };

describe.skipIf(reason !== undefined)(
  `onboarding and storage on the page${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  { timeout: 90_000 },
  () => {
    let browser: Browser;
    let onboardings: MadeUpOnboardings;
    let reconciliation: FakeReconciliation;
    let doors: AllDoors;
    let proxy: LoginProxy;
    let page: Page;

    beforeAll(async () => {
      browser = await launchBrowser();
    }, 60_000);

    afterAll(() => browser?.close());

    beforeEach(async () => {
      onboardings = new MadeUpOnboardings();
      reconciliation = new FakeReconciliation();
      const dashboardDir = repositoryPath("packages/dashboard/dist");
      doors = await openAllDoors({ onboardings, reconciliation, blastRadius: madeUpBlast, dashboardDir });
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

    async function open({ width, height }: typeof desktop, fragment: string): Promise<readonly string[]> {
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
    const picture = async (name: string): Promise<void> => {
      if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
    };

    it.each([desktop, phone])(
      "shows who is on the way, what blocks and the command that mends it, at $name width",
      async (size) => {
        const blocker = {
          code: "awaits-approval",
          text: "3 labels wait for the first approval.",
          command: "nodekeeper plan",
          on: "the collector",
        };
        onboardings.set(
          aMachine("lynx", "inventory"),
          aMachine("ocelot", "labelled", { state: "blocked", blockers: [blocker] }, "planned"),
          aBlockedMachine("marten"),
          aMachine("neko", "ready", {}, "ready"),
        );

        const complaints = await open(size, "#/onboarding");
        await page.getByText("the service iscsid does not run").waitFor();
        await picture(`onboarding-${size.name}`);
        const names = await page
          .locator("article.machine")
          .evaluateAll((all) => all.map((each) => each.getAttribute("aria-label")));
        const steps = await page.locator("article.machine").first().locator("ol.steps li").allTextContents();
        await page.getByText("Machines that are ready").click();
        await page.getByText("ready in 36 s").waitFor();

        expect(names).toEqual(["marten", "ocelot", "lynx"]);
        expect(steps[0]).toBe("✓seenpassed in 4 s");
        expect(steps[4]).toBe("✕preflightblocked 1 min");
        for (const text of [
          "sudo systemctl enable --now iscsid",
          "1 blocked",
          "1 waiting for an approval",
          "1 on their way",
          "Look at the plan",
        ]) {
          expect(await main()).toContain(text);
        }
        expect(await overflow()).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
      },
    );

    it("shows at once what the collector tells, without asking, also where nobody was on the way", async () => {
      await open(desktop, "#/onboarding");
      await page.getByText("Nobody is on the way.").waitFor();
      await page.getByText("live", { exact: true }).waitFor();
      onboardings.set(aBlockedMachine("marten"));
      await page.getByText("the service iscsid does not run").waitFor({ timeout: 8_000 });

      onboardings.set(aMachine("marten", "labelled"), aMachine("puma", "connected"));
      await page.getByRole("article", { name: "puma" }).waitFor({ timeout: 8_000 });

      expect(await main()).not.toContain("iscsid");
      expect(await main()).toContain("2 on their way");
    });

    it("lets admins copy the command, have it looked at again, and skip what may stay undone; viewers only look", async () => {
      onboardings.set(aBlockedMachine("marten"));
      await open(desktop, "#/onboarding");
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.getByRole("button", { name: "Copy the command for marten" }).click();
      await page.getByText("Copied", { exact: true }).first().waitFor();
      const copied = await page.evaluate("navigator.clipboard.readText()");
      await page.getByRole("button", { name: "Look again" }).click();
      await page.getByText("Its agent looks again.").waitFor();
      await page.getByRole("button", { name: "Skip preflight" }).click();
      await page.getByLabel("Why").fill("it has no disks of Longhorn's");
      await page.getByRole("button", { name: "Skip it" }).click();
      await page.getByText("Skipped: preflight.").waitFor();
      const skipped = await page.locator("li.step.skipped").textContent();
      await page.close();

      proxy.logIn({ name: "bob", groups: ["viewers"] });
      onboardings.set(aBlockedMachine("marten"));
      await open(desktop, "#/onboarding");
      await page.getByText("the service iscsid does not run").waitFor();

      expect(onboardings.asked).toEqual(["retry marten", "skip preflight of marten by ada: it has no disks of Longhorn's"]);
      expect(skipped).toContain("skipped");
      expect(copied).toContain("systemctl enable --now iscsid");
      expect(await page.getByRole("button", { name: "Look again" }).count()).toBe(0);
    });

    it("stays quick with thousands on their way", async () => {
      onboardings.set(...Array.from({ length: 3_000 }, (_, index) => aBlockedMachine(`m${index}`)));
      await open(desktop, "#/onboarding");
      await page.getByText("3,000 blocked").waitFor();
      const shown = await page.locator("article.machine").count();
      await page.getByLabel("Search machines").fill("m2999");
      await page.getByRole("article", { name: "m2999" }).waitFor();

      expect(shown).toBe(50);
      expect(await page.locator("article.machine").count()).toBe(1);
    });

    it.each([desktop, phone])("shows Longhorn's disks, and what would break when it is asked, at $name width", async (size) => {
      reconciliation.explanations = [anExplanation(), ...storageExplanations];
      tellDisks(doors);
      const complaints = await open(size, "#/nodes/neko");
      await page.getByText("nvme0n1 (Samsung SSD 980 PRO 1TB)").first().waitFor();
      await picture(`storage-${size.name}`);
      const failing = (await page.getByRole("article", { name: "default-disk-9b69" }).textContent()) ?? "";
      const data = (await page.getByRole("article", { name: "data" }).textContent()) ?? "";
      await page.getByRole("button", { name: "The whole machine" }).click();
      await page.getByText("media/jellyfin-config").waitFor();
      await picture(`blast-${size.name}`);
      const answer = await page.getByRole("article", { name: "If neko died" }).textContent();
      await page.getByRole("button", { name: "Disk nvme0n1" }).click();
      await page.getByText("nothing would break").waitFor();
      await page.getByRole("button", { name: "Take it away for good" }).click();
      await page.getByText("may not be taken away yet").waitFor();

      for (const text of [
        "takes no new replicas",
        "critical warning",
        "nvme ours",
        "hand-made not ours",
        "/var/lib/longhorn in /",
      ])
        expect(failing).toContain(text);
      for (const text of ["takes new replicas", "ssd to come", "waits: the first plan", "/mnt/data", "sda"])
        expect(data).toContain(text);
      expect(await page.locator(".items").first().textContent()).not.toContain("allowScheduling");
      for (const text of ["1 lost for good, 1 goes on with less", "numberOfReplicas", "no gateway is known"])
        expect(answer).toContain(text);
      expect(await main()).toContain("kubectl drain neko");
      expect(await overflow()).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
    });
  },
);

/** neko has an NVMe disk with the root filesystem, and an SSD, with a folder of Longhorn's on each. */
function tellDisks({ api }: AllDoors): void {
  const disk = (name: string, model: string) =>
    aReading("block_device", `id-${name}`, {
      case: "blockDevice",
      value: { name, model, type: BlockDeviceType.DISK, sizeBytes: 1n << 40n },
    });
  const filesystem = (mountPoint: string) =>
    aReading("filesystem", mountPoint, { case: "filesystem", value: { mountPoint, type: "ext4", sizeBytes: 1n << 39n } });
  const folder = (path: string, mountPoint: string, on: string) => {
    const value = { mountPoint, physicalBlockDeviceIds: [`id-${on}`], isMountPoint: path === mountPoint };
    return aReading("longhorn_disk", path, { case: "longhornDisk", value });
  };
  const readings = [
    ...[disk("nvme0n1", "Samsung SSD 980 PRO 1TB"), disk("sda", "")],
    ...[filesystem("/"), filesystem("/mnt/data")],
    ...[folder("/var/lib/longhorn", "/", "nvme0n1"), folder("/mnt/data", "/mnt/data", "sda")],
  ];
  api.state.apply(new Machine("neko").observe("disks", readings, Date.now()));
}
