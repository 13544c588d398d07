/**
 * Faults that are injected into real device models from outside, while the built agent reads them in the guest: each is to arrive in the API of a
 * collector on this machine. The agent is as it is shipped, but for two intervals.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import type { Finding, SubjectBody } from "@nodekeeper/shared/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../durability/wait-until.ts";
import { missingBundles } from "../e2e/installation.ts";
import { createEmptyImage } from "./ext4-image.ts";
import type { GuestDisk } from "./machine.ts";
import { type ReportingGuest, startReportingGuest } from "./reporting-guest.ts";
import { missingForGuests } from "./requirements.ts";
import { findTool } from "./tool.ts";

const unshare = findTool("unshare");
const missing =
  missingBundles() ??
  (await missingForGuests()) ??
  (unshare === undefined ? "unshare is not installed (Debian: util-linux)" : undefined);

/** Disk health is read every five minutes, and disks every minute, where nobody waits for it. */
const intervals = ["--interval", "smart=2s", "--interval", "disks=2s"];
const arrivalMs = 60_000;
/** However often it is asked, the agent leaves a disk alone for half a minute after it has read its health. */
const healthArrivalMs = 120_000;
/** A disk must be gone for half a minute before it is missed. */
const missingMs = 120_000;
/** For a machine that does something else, too. */
const spareMs = 10_000;

/** Each bit that QEMU's controller can raise (NVM Express Base Specification, log page 02h, critical warning) has a controller of its own. */
const criticalWarnings = [
  { mask: 1, meaning: "spare below its threshold", severity: "high", state: "firing", text: "spare capacity" },
  { mask: 2, meaning: "temperature", severity: "low", state: "pending", text: "temperature" }, // QEMU's 50 °C do not agree with it
  { mask: 4, meaning: "reliability degraded", severity: "high", state: "firing", text: "reliability" },
  { mask: 8, meaning: "read-only", severity: "high", state: "firing", text: "read-only mode" },
  { mask: 16, meaning: "volatile memory backup failed", severity: "medium", state: "firing", text: "volatile memory" },
  { mask: 32, meaning: "persistent memory region unreliable", severity: "medium", state: "firing", text: "persistent memory" },
];
const serialOf = (mask: number): string => `WARNS${mask}`;

/** A sector in the middle, which nobody reads by himself, and the block of 4 KiB that it begins. */
const badSector = 65_536;
const badBlock = badSector / 8;
const imageBytes = 64 << 20;

/** Virtual disks come and go and are not missed. So the disk that is pulled out bears another name than QEMU gives its own. */
const disguise = `
echo 'Pulled NVMe' >/tmp/model
for controller in /sys/class/nvme/*; do
  grep -q PULLED $controller/serial && mount --bind /tmp/model $(readlink -f $controller)/model
done
mount | grep -q /model`;

/** Nothing is missed on a machine that has just been switched on. So the agent gets a clock by which that was an hour ago. */
const upForSeconds = 3_600;

describe.skipIf(missing !== undefined)(
  `faults of a guest's disks${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: 90_000 },
  () => {
    let folder: string;
    let reporting: ReportingGuest;
    let pulledId: string | undefined;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "nodekeeper-faults-"));
      const image = async (name: string): Promise<string> => {
        await createEmptyImage(join(folder, name), imageBytes);
        return join(folder, name);
      };
      const warning: GuestDisk[] = [];
      for (const { mask } of criticalWarnings) {
        const hasPersistentMemory = mask === 32; // else there is no region to warn of
        warning.push({ image: await image(`warns-${mask}`), device: "nvme", serial: serialOf(mask), hasPersistentMemory });
      }
      reporting = await startReportingGuest({
        disks: [
          { image: await image("pulled"), device: "nvme", serial: "PULLED", isUnpluggable: true, badSectors: [badSector] },
          { image: await image("ata"), device: "ide", serial: "ATA0001", badSectors: [badSector] },
          { image: await image("healthy"), device: "nvme", serial: "HEALTHY" },
          ...warning,
        ],
        agentArguments: intervals,
        preparation: disguise,
        files: [{ hostPath: unshare ?? "", guestPath: "/unshare" }],
        launcher: ["/files/unshare", "--time", "--fork", "--boottime", String(upForSeconds)],
      });
    }, 300_000);

    afterAll(async () => {
      await reporting?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    async function subjects(kind: string): Promise<readonly SubjectBody[]> {
      return ((await reporting.detail())?.subjects ?? []).filter((subject) => subject.kind === kind);
    }

    async function healthOf(serialNumber: string): Promise<SubjectBody | undefined> {
      return (await subjects("disk_health")).find(({ value }) => value?.["serialNumber"] === serialNumber);
    }

    async function diskOf(serial: string): Promise<SubjectBody | undefined> {
      return (await subjects("block_device")).find(({ value }) => value?.["serial"] === serial);
    }

    /** Injects, waits until it is seen in the API, and prints how long that took. */
    async function arrival<Seen>(
      what: string,
      inject: () => Promise<unknown>,
      seen: () => Promise<Seen | undefined>,
      withinMs = arrivalMs,
    ): Promise<Exclude<Seen, false | undefined>> {
      const injectedAtMs = systemClock.monotonicMs();
      await inject();
      const found = await waitUntil(`${what} arrives`, withinMs, seen).catch(async (error: unknown) => {
        throw new Error(await reporting.logs(), { cause: error });
      });
      process.stdout.write(`${what}: in the API after ${Math.round(systemClock.monotonicMs() - injectedAtMs)} ms\n`);
      return found;
    }

    it("find every disk in a complete list, and their health without a fault", async () => {
      const detail = await reporting.detail();
      const serials = (await subjects("disk_health")).flatMap(({ value }) => value?.["serialNumber"] ?? []);

      expect(detail?.lists).toContainEqual({ kind: "block_device", probe: "disks", isComplete: true });
      expect(serials.toSorted()).toEqual(
        ["ATA0001", "HEALTHY", "PULLED", ...criticalWarnings.map(({ mask }) => serialOf(mask))].toSorted(),
      );
      expect((await healthOf("HEALTHY"))?.value?.["nvme"]).toMatchObject({ criticalWarning: 0 });
      expect((await reporting.findings()).filter(({ rule }) => rule === "nvme-critical-warning")).toEqual([]);
    });

    it.each([
      { serial: "PULLED", code: "disk-medium-error", message: "critical medium error" },
      { serial: "ATA0001", code: "disk-io-error", message: "I/O error" }, // QEMU's ATA disk says only that it gave up
    ])(
      "tell of a sector of $serial that cannot be read, by the kernel's log",
      { timeout: 2 * arrivalMs + spareMs },
      async ({ serial, code, message }) => {
        const device = String((await diskOf(serial))?.value?.["name"]);
        let exitCode = 0;

        const fault = await arrival(
          `unreadable sector of ${serial}`,
          async () => {
            ({ exitCode } = await reporting.guest.run(`dd if=/dev/${device} of=/dev/null bs=4096 skip=${badBlock} count=1`));
          },
          async () =>
            (await subjects("kernel_fault")).find(({ value }) => value?.["code"] === code && value["device"] === device),
        );
        const finding = await arrival(
          `finding of an unreadable sector of ${serial}`,
          async () => undefined,
          async () =>
            (await reporting.findings()).find(({ rule, subject }) => rule === "kernel-fault" && subject.id === fault.id),
        );

        expect(exitCode).toBe(1);
        expect(fault).toMatchObject({ outcome: "ok", value: { area: "disk", severity: "fault" } });
        expect(fault.value?.["message"]).toContain(`${message}, dev ${device}, sector ${badSector}`);
        expect(fault.samples["occurrences_total"]).toBeGreaterThan(0);
        expect(finding).toMatchObject({ state: "firing", severity: "high" });
      },
    );

    it("show a disk that is pulled out as gone from a complete list, and no other", {
      timeout: arrivalMs + spareMs,
    }, async () => {
      const before = await diskOf("PULLED");
      expect(before).toMatchObject({ kind: "block_device", outcome: "ok" });
      pulledId = before?.id;

      await arrival(
        "removal of an NVMe disk",
        () => reporting.guest.qmp("device_del", { id: "PULLED" }),
        async () => {
          const detail = await reporting.detail();
          const disk = detail?.subjects.find(({ kind, id }) => kind === "block_device" && id === pulledId);
          const isComplete = detail?.lists.some((list) => list.kind === "block_device" && list.isComplete) === true;
          return isComplete && (disk === undefined || disk.outcome === "absent");
        },
      );

      expect((await diskOf("HEALTHY"))?.outcome).toBe("ok");
      expect((await diskOf("ATA0001"))?.outcome).toBe("ok");
    });

    it("tell of each critical warning", { timeout: healthArrivalMs + spareMs }, async () => {
      const inject = (mask: number): Promise<unknown> =>
        reporting.guest.qmp("qom-set", {
          path: `/machine/peripheral/${serialOf(mask)}`,
          property: "smart_critical_warning",
          value: mask,
        });
      const declared = async (mask: number): Promise<Finding | undefined> => {
        const health = await healthOf(serialOf(mask));
        const nvme = health?.value?.["nvme"];
        if (!isObject(nvme) || nvme["criticalWarning"] !== mask || health?.value?.["status"] !== "failed") return undefined;
        return (await reporting.findings()).find(
          ({ rule, subject }) => rule === "nvme-critical-warning" && subject.id === health.id,
        );
      };

      const found = await Promise.all(
        criticalWarnings.map(({ mask, meaning }) =>
          arrival(
            `critical warning ${mask} (${meaning})`,
            () => inject(mask),
            () => declared(mask),
            healthArrivalMs,
          ),
        ),
      );

      for (const [index, { mask, severity, state, text }] of criticalWarnings.entries()) {
        expect(found[index]).toMatchObject({ severity, state, isHeld: false });
        expect(found[index]?.text).toContain(text);
        expect(found[index]?.evidence.find(({ name }) => name === "critical_warning")?.value).toBe(mask);
      }
      expect((await healthOf("HEALTHY"))?.value).toMatchObject({ status: "passed", nvme: { criticalWarning: 0 } });
      expect((await reporting.findings()).filter(({ rule }) => rule === "nvme-critical-warning")).toHaveLength(found.length);
    });

    it("are missed once they have been gone for the rule's time", { timeout: missingMs + spareMs }, async () => {
      const fired = await arrival(
        "finding of a missing disk",
        async () => undefined,
        async () => (await reporting.findings()).find(({ rule, state }) => rule === "disk-missing" && state === "firing"),
        missingMs,
      );

      expect(fired).toMatchObject({ severity: "medium", isHeld: false, subject: { kind: "block_device", id: pulledId } });
      expect((await reporting.findings()).filter(({ rule }) => rule === "disk-missing")).toHaveLength(1);
    });
  },
);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
