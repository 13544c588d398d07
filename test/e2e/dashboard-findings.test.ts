/** Health on the page, in a real Chromium: what is wrong, what people decide about it, disks, the mesh and how people are told. */
import { HealthStatus, TailscalePath } from "@nodekeeper/proto";
import type { Finding } from "@nodekeeper/shared/api";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { aFinding } from "../../collector/src/api/test-support/fake-findings.ts";
import { aReading, Machine } from "../../collector/src/api/test-support/machine.ts";
import { diskReadings } from "../../collector/src/api/test-support/readings.ts";
import { type Notifications, noNotifications } from "../../collector/src/notify/notifications.ts";
import { type AllDoors, openAllDoors, proxySecret } from "../api-access/all-doors.ts";
import { repositoryPath } from "./installation.ts";
import { type LoginProxy, startLoginProxy } from "./login-proxy.ts";
import { launchBrowser, missingForPages } from "./page-browser.ts";

const reason = missingForPages();

const desktop = { name: "desktop", width: 1280, height: 900 };
const phone = { name: "phone", width: 390, height: 844 };

/** One channel delivers, one does not. */
const notifications: Notifications = {
  ...noNotifications,
  overview: () => ({
    channels: [
      { name: "phone", type: "ntfy", target: "ntfy.example.net/nodes", state: "ok", waiting: 0, deliveredCount: 3 },
      {
        ...{ name: "mail", type: "smtp", target: "ops@example.net", state: "failing", waiting: 2, deliveredCount: 0 },
        problem: "the server refuses the login",
      },
    ],
    heartbeat: { target: "watch.example.net", lastSentAt: new Date().toISOString() },
  }),
  test: async (channel = "") => [{ channel, outcome: "delivered", durationMs: 12.3 }],
};

describe.skipIf(reason !== undefined)(
  `health on the page${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  { timeout: 90_000 },
  () => {
    let browser: Browser;
    let doors: AllDoors;
    let proxy: LoginProxy;
    let page: Page;
    let complaints: string[];

    beforeAll(async () => {
      browser = await launchBrowser();
      doors = await openAllDoors({ notifications, dashboardDir: repositoryPath("packages/dashboard/dist") });
      const address = doors.api.doors.of("proxy")?.address;
      if (address === undefined) throw new Error("the proxy's door is not open");
      proxy = await startLoginProxy(address, proxySecret);
    }, 60_000);

    afterAll(async () => {
      await browser?.close();
      await proxy?.[Symbol.asyncDispose]();
      await doors?.[Symbol.asyncDispose]();
    });

    beforeEach(() => proxy.logIn({ name: "ada", groups: ["admins"] }));

    afterEach(async () => {
      await page?.close();
      for (const finding of doors.api.findings.all()) doors.api.findings.put({ ...finding, state: "resolved" });
    });

    async function open({ width, height }: typeof desktop, fragment: string): Promise<void> {
      complaints = [];
      page = await browser.newPage({ viewport: { width, height } });
      page.setDefaultTimeout(30_000); // less than a test has, so that it says what was not there
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
      });
      await page.goto(`${proxy.url}${fragment}`);
      await page.getByText("live", { exact: true }).waitFor();
    }

    const put = (finding: Finding): void => doors.api.findings.put(finding);
    const goTo = (fragment: string): Promise<unknown> => page.goto(`${proxy.url}${fragment}`);
    const button = (name: string) => page.getByRole("button", { name });
    const main = async (): Promise<string> => (await page.locator("main").textContent()) ?? "";
    const overflow = (): Promise<number> =>
      page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

    it("sets aside what an admin acknowledges, until it gets worse, and takes back what was decided", async () => {
      const full = aFinding("neko", { measure: { name: "used_percent", level: 96 } });
      put(full);
      await open(desktop, "#/findings");

      await button("Acknowledge: / is 96 % full").click();
      await page.getByLabel("Why").fill("a larger disk is on its way");
      await button("Acknowledge it").click();
      await page.getByText("Nothing is open but what is muted or set aside.").waitFor();
      await button("Set aside 1").click();
      await page.getByText("a larger disk is on its way").first().waitFor();
      const aside = await main();
      put({ ...full, text: "/ is 98 % full", measure: { name: "used_percent", level: 98 } });
      await button("Open 1").click();
      await page.getByText("/ is 98 % full").waitFor();

      await button("Mute: / is 98 % full").click();
      await page.getByLabel("What").selectOption({ label: "everything on neko" });
      await button("Mute it").click();
      await button("Muted 1").click();
      await page.getByText("Muted by ada").first().waitFor();
      await button("Undo").first().click();
      await button("Open 1").waitFor();

      expect(aside).toContain("Acknowledged by ada");
      expect(aside).toContain("until it is worse than 96, or over");
      expect(complaints).toEqual([]);
    });

    it("folds consequences under their cause, shows evidence with its unit, and keeps what is chosen in the address", async () => {
      const away = aFinding("neko", { id: "away", rule: "node-not-reporting", text: "silent for 5 min", evidence: [] });
      put(away);
      put(aFinding("neko", { id: "worn", rule: "disk-worn", text: "sda is worn", suppressedBy: "away", isHeld: true }));
      put(aFinding("bobcat", { severity: "low", evidence: [{ name: "available_bytes", value: 3 * 2 ** 30 }] }));
      await open(desktop, "#/findings?severity=high");
      await page.getByText("silent for 5 min").waitFor();
      const chosen = await page.locator("li.finding").count();
      const hidden = await page.getByText("sda is worn").isVisible();
      await page.getByText("1 consequence of it").click();
      await page.getByText("sda is worn").waitFor();
      await page.getByText("Its facts are not fresh").waitFor();
      await button("Acknowledge: silent").click();
      await button("Acknowledge it").click();
      await page.getByText("1 open finding · 1 set aside").waitFor();
      await page.getByText("sda is worn").waitFor({ state: "detached" });

      await page.getByLabel("Severity").selectOption("low");
      await page.getByText("Evidence").click();
      await page.getByText("3.0 GiB").waitFor();
      await page.getByText("its condition was seen").waitFor();

      expect([chosen, hidden]).toEqual([1, false]);
      expect(page.url()).toContain("severity=low");
      expect(complaints).toEqual([]);
    });

    it("judges a disk anew, begins maintenance of its node, says so on the fleet, and ends it", async () => {
      put(aFinding("neko"));
      tellMachines(doors);
      const tracks = { media_and_data_integrity_errors: { baseline: 1, baselineAtMs: 0, value: 3 } };
      const counters = { "eui.0001": { serialNumber: "", tracks } };
      const inventory = { machineId: "", listedKinds: [], items: [], counters };
      doors.api.state.apply({ kind: "inventoried", node: "neko", inventory });
      await open(phone, "#/nodes/neko");
      await page.getByText("3 media errors so far").waitFor();
      await button("New baseline").click();
      await button("Judge it from now on").click();
      await page.getByText("media and data integrity errors: 1 → 3.").waitFor();
      await button("Maintenance: neko").click();
      await page.getByLabel("Why").fill("new fans");
      await button("Start maintenance").click();
      await page.getByText("nothing is taken from it").waitFor();
      await goTo("#/");
      await page.getByText("Maintenance by ada").first().waitFor();
      await page.getByText("1 muted").first().waitFor();
      const fleet = await main();
      await button("End maintenance").click();
      await page.getByText("Maintenance by ada").waitFor({ state: "detached" });

      expect(fleet).toContain("new fans");
      expect(fleet).toContain("1 muted");
      expect(await overflow()).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
    });

    it("gives viewers the command, and no button", async () => {
      put(aFinding("neko"));
      proxy.logIn({ name: "bob", groups: ["viewers"] });
      await open(phone, "#/findings");
      await page.getByText("To decide about it").click();
      await page.getByText("nodekeeper ack disk-nearly-full/neko/filesystem//").waitFor();

      expect(await button("Acknowledge").count()).toBe(0);
    });

    it.each([desktop, phone])("shows disks, the mesh and how people are told, at $name width", async (size) => {
      tellMachines(doors);
      await open(size, "#/disks");
      await page.getByText("nvme0n1").first().waitFor();
      const disks = await main();
      const overflows = [await overflow()];
      await goTo("#/mesh");
      await page.getByText("Packets come back otherwise than they go.").waitFor();
      const mesh = await main();
      overflows.push(await overflow());
      await goTo("#/notifications");
      await button("Send a test by phone").click();
      await page.getByText("Delivered in 12 ms.").waitFor();
      const told = await main();
      overflows.push(await overflow());
      await goTo("#/?status=ok");
      await page.getByText("Nobody is told by mail (2 waiting): the server refuses the login").waitFor();
      overflows.push(await overflow());

      for (const text of ["neko", "nvme", "3 %", "40 °C"]) expect(disks).toContain(text);
      for (const text of ["direct by 198.51.100.7:41641", "relayed over fra", "2 machines"]) expect(mesh).toContain(text);
      for (const text of ["ntfy.example.net/nodes", "the server refuses the login", "watch.example.net"])
        expect(told).toContain(text);
      expect(overflows).toEqual([0, 0, 0, 0]);
      expect(complaints).toEqual([]);
    });
  },
);

/** It was bought with three errors. */
const usedDisk = aReading(
  "disk_health",
  "eui.0001",
  {
    case: "diskHealth",
    value: {
      device: "/dev/nvme0",
      protocol: "NVMe",
      status: HealthStatus.PASSED,
      nvme: { percentageUsed: 3, mediaAndDataIntegrityErrors: 3n },
    },
  },
  { temperature_celsius: 40, percentage_used: 3 },
);

/** neko and bobcat have disks, and see each other on the tailnet in two ways. */
function tellMachines({ api }: AllDoors): void {
  const ways = [
    { name: "neko", id: "n1", other: "n2", path: TailscalePath.DERP, pathDetail: "fra" },
    { name: "bobcat", id: "n2", other: "n1", path: TailscalePath.DIRECT, pathDetail: "198.51.100.7:41641" },
  ];
  for (const { name, id, other, path, pathDetail } of ways) {
    const machine = new Machine(name, ["disks", "smart", "tailscale"]);
    const self = { backendState: "Running", stableId: id, tailnet: "example.net" };
    const tailnet = [
      aReading("tailscale", "", { case: "tailscale", value: self }),
      aReading("tailscale_peer", other, { case: "tailscalePeer", value: { path, pathDetail } }, { is_active: 1 }),
    ];
    api.state.apply(machine.connect(Date.now()));
    api.state.apply(machine.observe("disks", diskReadings(), Date.now()));
    api.state.apply(machine.observe("smart", [usedDisk], Date.now()));
    api.state.apply(machine.observe("tailscale", tailnet, Date.now()));
  }
}
