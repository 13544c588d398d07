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
import { probes } from "../../agent/src/probes/index.ts";
import { rules } from "../../collector/src/rules/index.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { missingBundles } from "../e2e/installation.ts";
import { createEmptyImage } from "./ext4-image.ts";
import { type ReportingGuest, startReportingGuest } from "./reporting-guest.ts";
import { missingForGuests } from "./requirements.ts";

const missing = missingBundles() ?? (await missingForGuests());

/** Disk health is read every five minutes, and disks every minute, where nobody waits for it. */
const intervals = ["--interval", "smart=2s", "--interval", "disks=2s"];
const arrivalMs = 20_000;
/** Two arrivals and something to spare. */
const timeout = 45_000;

/** The bits that QEMU's controller can raise (NVM Express Base Specification, log page 02h, critical warning). */
const criticalWarnings = [
  { mask: 2, meaning: "temperature", severity: "low", state: "pending", text: "temperature" }, // QEMU's 50 °C do not agree with it
  { mask: 1, meaning: "spare below its threshold", severity: "high", state: "firing", text: "spare capacity" },
  { mask: 4, meaning: "reliability degraded", severity: "high", state: "firing", text: "reliability" },
  { mask: 8, meaning: "read-only", severity: "high", state: "firing", text: "read-only mode" },
  { mask: 16, meaning: "volatile memory backup failed", severity: "medium", state: "firing", text: "volatile memory" },
  { mask: 32, meaning: "persistent memory region unreliable", severity: "medium", state: "firing", text: "persistent memory" },
];

// What another part of this work brings: expected as soon as it is there.
const hasKernelLog = probes.some(({ name }) => name === "kernel-log");
const hasMissingDisks = rules.some(({ code }) => code === "disk-missing");

/** A sector in the middle, which nobody reads by himself, and the block of 4 KiB that it begins. */
const badSector = 65_536;
const badBlock = badSector / 8;
const imageBytes = 64 << 20;

describe.skipIf(missing !== undefined)(`faults of a guest's disks${missing === undefined ? "" : ` (${missing})`}`, () => {
  let folder: string;
  let reporting: ReportingGuest;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nodekeeper-faults-"));
    const image = async (name: string): Promise<string> => {
      await createEmptyImage(join(folder, name), imageBytes);
      return join(folder, name);
    };
    reporting = await startReportingGuest({
      disks: [
        { image: await image("nvme"), device: "nvme", serial: "NVME0001", hasPersistentMemory: true },
        { image: await image("slot"), device: "nvme", serial: "NVME0002", isUnpluggable: true, badSectors: [badSector] },
        { image: await image("ata"), device: "ide", serial: "ATA0001", badSectors: [badSector] },
      ],
      agentArguments: intervals,
    });
  }, 180_000);

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
  ): Promise<Exclude<Seen, false | undefined>> {
    const injectedAtMs = systemClock.monotonicMs();
    await inject();
    const found = await waitUntil(`${what} arrives`, arrivalMs, seen).catch(async (error: unknown) => {
      throw new Error(await reporting.logs(), { cause: error });
    });
    process.stdout.write(`${what}: in the API after ${Math.round(systemClock.monotonicMs() - injectedAtMs)} ms\n`);
    return found;
  }

  it("find three disks in a complete list, and their health without a fault", async () => {
    const detail = await reporting.detail();
    const serials = (await subjects("disk_health")).flatMap(({ value }) => value?.["serialNumber"] ?? []);

    expect(detail?.lists).toContainEqual({ kind: "block_device", probe: "disks", isComplete: true });
    expect(serials.toSorted()).toEqual(["ATA0001", "NVME0001", "NVME0002"]);
    expect((await healthOf("NVME0001"))?.value?.["nvme"]).toMatchObject({ criticalWarning: 0 });
    expect((await reporting.findings()).filter(({ rule }) => rule === "nvme-critical-warning")).toEqual([]);
  });

  it.each(criticalWarnings)(
    "tell of the critical warning $mask: $meaning",
    { timeout },
    async ({ mask, meaning, severity, state, text }) => {
      const declared = async (): Promise<Finding | undefined> => {
        const nvme = (await healthOf("NVME0001"))?.value?.["nvme"];
        if (!isObject(nvme) || nvme["criticalWarning"] !== mask) return undefined;
        return (await reporting.findings()).find(
          ({ rule, evidence }) => rule === "nvme-critical-warning" && evidence.some(hasValue("critical_warning", mask)),
        );
      };

      const finding = await arrival(
        `critical warning ${mask} (${meaning})`,
        () =>
          reporting.guest.qmp("qom-set", {
            path: "/machine/peripheral/NVME0001",
            property: "smart_critical_warning",
            value: mask,
          }),
        declared,
      );

      expect(finding).toMatchObject({ severity, state, subject: { kind: "disk_health" }, isHeld: false });
      expect(finding.text).toContain(text);
      expect((await healthOf("NVME0001"))?.value?.["status"]).toBe("failed");
      expect((await healthOf("NVME0002"))?.value?.["nvme"]).toMatchObject({ criticalWarning: 0 });
    },
  );

  it.skipIf(!hasKernelLog).each([
    { name: "nvme1n1", device: /^nvme1/ },
    { name: "sda", device: /^(?:sda|ata\d+)/ },
  ])("tell of a sector of $name that cannot be read, by the kernel's log", { timeout }, async ({ name, device }) => {
    const read = `dd if=/dev/${name} of=/dev/null bs=4096 skip=${badBlock} count=1`;
    let exitCode = 0;

    const fault = await arrival(
      `unreadable sector of ${name}`,
      async () => {
        ({ exitCode } = await reporting.guest.run(read));
      },
      async () =>
        (await subjects("kernel_fault")).find(
          ({ outcome, value }) => outcome === "ok" && value?.["area"] === "disk" && device.test(String(value["device"])),
        ),
    );

    expect(exitCode).toBe(1);
    expect(fault.value?.["message"]).toMatch(device.source.startsWith("^nvme") ? /nvme1n1/ : /sda|ata\d/);
    expect(fault.samples["occurrences_total"]).toBeGreaterThan(0);
  });

  it("show a disk that is pulled out as gone from a complete list, and no other", { timeout }, async () => {
    const id = (await diskOf("NVME0002"))?.id;

    await arrival(
      "removal of an NVMe disk",
      () => reporting.guest.qmp("device_del", { id: "NVME0002" }),
      async () => {
        const detail = await reporting.detail();
        const disk = detail?.subjects.find((subject) => subject.kind === "block_device" && subject.id === id);
        const isComplete = detail?.lists.some((list) => list.kind === "block_device" && list.isComplete) === true;
        return isComplete && (disk === undefined || disk.outcome === "absent");
      },
    );

    expect(id).toBeDefined();
    expect((await diskOf("NVME0001"))?.outcome).toBe("ok");
    expect((await diskOf("ATA0001"))?.outcome).toBe("ok");
  });

  it.skipIf(!hasMissingDisks)("are missed when they were pulled out", { timeout }, async () => {
    const finding = await arrival(
      "finding of the missing disk",
      async () => undefined,
      async () => (await reporting.findings()).find(({ rule }) => rule === "disk-missing"),
    );

    expect(finding).toMatchObject({ state: "firing", isHeld: false });
    expect(JSON.stringify(finding)).toContain("NVME0002");
  });
});

function hasValue(name: string, value: number): (evidence: Finding["evidence"][number]) => boolean {
  return (evidence) => evidence.name === name && evidence.value === value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
