/** The page of a machine that has a little of everything, in a real Chromium: what is wrong is said, what is not known is left out. */
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { NodeDetail, StreamSnapshot } from "@nodekeeper/shared/api";
import { fullMachine, fullMachineNowMs, wholeLists } from "@nodekeeper/shared/test-support";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingBundles } from "./installation.ts";

const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const reason = missingBundles() ?? (chromiumPath === undefined ? "no Chromium on this machine" : undefined);
const pages = join(import.meta.dirname, "../../packages/dashboard/dist");
const types: Readonly<Record<string, string>> = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

const at = new Date(fullMachineNowMs).toISOString();
const detail: NodeDetail = {
  summary: {
    name: "lynx",
    status: "failed",
    reason: "nvme1n1 says that it is failing",
    freshness: "fresh",
    isConnected: true,
    lastContactAt: at,
    agentVersion: "0.1.0",
    findingCounts: { high: 1, medium: 0, low: 0 },
  },
  identity: { machineId: "m", bootId: "b", epoch: "e" },
  firstSeenAt: at,
  probes: [],
  lists: wholeLists(fullMachine()),
  subjects: [...fullMachine()],
  findings: [],
  losses: [],
};
const snapshot: StreamSnapshot = { type: "snapshot", stream: "s", version: 1, nodes: [detail.summary], findings: [], detail };

describe.skipIf(reason !== undefined)(
  `the page of a full machine${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  { timeout: 90_000 },
  () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: chromiumPath ?? "", args: ["--no-sandbox", "--disable-gpu"] });
    }, 60_000);

    afterAll(async () => {
      await browser?.close();
    });

    /** What the collector says besides the stream, by the last word of the path. */
    const answers: Readonly<Record<string, object>> = {
      history: { from: at, to: at, resolutionMs: 1000, series: [] },
      health: {
        ...{ node: "lynx", status: "ok", reason: "nothing wrong was found", since: at, freshness: "fresh", lastContactAt: at },
        ...{ findings: [], probes: [], unknowns: [] },
      },
      whoami: { kind: "local", name: "", scopes: ["read"] },
      forecasts: { node: "lynx", forecasts: [] },
      decisions: { decisions: [] },
    };

    /** The built page, and a collector that says one thing. */
    async function openPage(width: number): Promise<Page> {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      await page.clock.setFixedTime(fullMachineNowMs);
      await page.routeWebSocket(/\/api\/v1\/stream/, (socket) => socket.send(JSON.stringify(snapshot)));
      await page.route("http://lynx.test/**", async (route) => {
        const { pathname } = new URL(route.request().url());
        const path = join(pages, pathname === "/" ? "index.html" : pathname);
        if (pathname.startsWith("/api/")) await route.fulfill({ json: answers[pathname.split("/").at(-1) ?? ""] ?? {} });
        else if (!existsSync(path)) await route.fulfill({ status: 404 });
        else await route.fulfill({ body: readFileSync(path), contentType: types[extname(path)] ?? "text/html" });
      });
      await page.goto("http://lynx.test/#/nodes/lynx");
      await page.getByRole("heading", { name: "Disks" }).waitFor();
      return page;
    }

    it.each([1280, 390])("fits a window of %i pixels", async (width) => {
      const page = await openPage(width);

      const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
      await page.close();

      expect(overflow).toBeLessThanOrEqual(0);
    });

    it("says of each disk what is wrong with it, and nothing of what is not known", async () => {
      const page = await openPage(1280);
      const card = async (name: string): Promise<string> =>
        (await page.locator("article", { has: page.getByText(name, { exact: true }) }).textContent()) ?? "";
      const [healthy, failing, asleep, memoryCard] = await Promise.all(["nvme0n1", "nvme1n1", "sdb", "mmcblk0"].map(card));
      const bridged = await card("sda");
      await page.close();

      expect(healthy).toContain("SMART passed41 °C · 7 % worn · 634 d in useextended self-test passed at 15,000 h");
      expect(healthy).toContain("PCIe 3 ×4 · M.2");
      expect(failing).toContain("PCIe 2 ×1 of 3 ×4");
      expect(failing).toMatch(
        /SMART failed.*it says that it is failing.*no longer reliable.*103 % of its promised life are used/,
      );
      expect(asleep).toMatch(/SMART passedasleep, read now$/);
      expect(memoryCard).toBe("mmcblk029.1 GiBEX32Gmmc30 % worn");
      expect(bridged).toMatch(
        /Example Bridge 583 \(152d:0583\), uas.*12 sectors wait to be replaced.*This bridge resets under load/,
      );
    });

    it("shows arrays and pools, what filesystems lie on, boots, the network of pods and kernel faults", async () => {
      const page = await openPage(1280);
      const text = (await page.locator("main").textContent()) ?? "";
      await page.close();

      expect(text).toContain("raid1, clean, 1 of 2 members lacking, recover at 41 %sda1 in sync, sdb1 faulty");
      expect(text).toContain("fallen read-onlymd0 → sda1 + sdb1");
      expect(text).toContain("vg0/root → crypt cryptroot → nvme0n1p3");
      expect(text).toMatch(/1 of the last 3 ended without a shutdown/);
      expect(text).toContain("flannel vxlan 10.42.3.1/24, MTU 1450, over tailscale0 with 1280");
      expect(text).toMatch(/filesystem read onlymd01.*nvme controller resetnvme11,200.*link flapenp1s02/);
    });

    it("shows what each GPU is good for and why: asleep as good, with the age of what was read; never a number of now", async () => {
      const page = await openPage(1280);
      const card = async (place: string): Promise<string> =>
        (await page
          .locator("article", { has: page.getByText(place, { exact: false }) })
          .first()
          .textContent()) ?? "";
      const [shared, asleep, divided, lost] = await Promise.all(["01:00.0 ·", "02:00.0 ·", "03:00.0 ·", "04:00.0"].map(card));
      const pills = await page.locator("article .pill.ok").allTextContents();
      await page.close();

      expect(shared).toMatch(/^GeForce RTX 5070 Titaken01:00\.0 · nvidia 580\.95\.05 · PCIe 5 ×16taken by Cyberpunk2077\.exe/);
      expect(shared).toContain("Memory14.9 of 15.9 GiBBusy97 %71 °C · 268 W of 300 W");
      expect(shared).toContain("slowed by its power limit · cannot sleep: Runtime D3 is not supported by this card");
      expect(shared).toMatch(/Cyberpunk2077\.exe game · .*9\.0 GiBollama ollama · ollama\.service3\.2 GiB/);
      expect(asleep).toMatch(
        /asleep02:00\.0 · nvidia 580\.95\.05asleep, last read 1 h agoits last reading: 0\.0 of 4\.0 GiB · 43 °C/,
      );
      expect(asleep).not.toContain("Busy");
      expect(divided).toContain("Busy?");
      expect(divided).toContain("a faulty part of its memory waits to be taken out of use");
      expect(divided).toContain("3g.20gb11.0 of 19.6 GiB");
      expect(lost).toContain("off the bus");
      expect(lost).toContain("power the machine off and on");
      expect(pills).toContain("asleep");
    });

    it("shows Ollama's models and where they lie, the way to each peer, and what the cluster lacks", async () => {
      const page = await openPage(1280);
      const section = async (title: string): Promise<string> =>
        (await page.locator("section", { has: page.getByRole("heading", { name: title, exact: true }) }).textContent()) ?? "";
      const [ollama, tailscale, cluster, machine] = await Promise.all(["Ollama", "Tailscale", "Cluster", "Machine"].map(section));
      await page.close();

      expect(ollama).toContain("Reached atOllama listens on 127.0.0.1:11434 only");
      expect(ollama).toContain("OLLAMA_NUM_PARALLEL=4 OLLAMA_KEEP_ALIVE=24h");
      expect(ollama).toMatch(/granite4:3b3\.4B Q4_K_M · completion, toolsloadedon the GPU; .*in 4 min2\.6 GiB/);
      expect(ollama).toMatch(/qwen3:8b.*loaded50 % on the GPU.*in 2 h6\.2 GiB/);
      expect(ollama).toMatch(/llama3\.3:70b.*not loaded/);
      expect(tailscale).toContain("Keyends in 9 d");
      expect(tailscale).toMatch(/neko linuxdirect 192\.0\.2\.21:41641no answer within 5 s/);
      expect(tailscale).toMatch(/bobcat linuxDERP fra46\.0 ms1 min 35 s ago/);
      expect(tailscale).toMatch(/siberian linuxpeer relay 198\.51\.100\.4:40000/);
      expect(tailscale).toMatch(/phone iOSoffline, seen 1 d 2 h ago/);
      expect(cluster).toContain("server v1.33.6+k3s1 for 2 d 2 h, embedded etcd, an upgrade waits for its restart");
      expect(cluster).toContain("iscsid: iscsid does not runsystemctl enable --now iscsid");
      expect(cluster).not.toContain("kernel-modules");
      expect(machine).toContain("Powerunder-voltage, throttled now; frequency capped since the start");
    });
  },
);
