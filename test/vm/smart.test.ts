/** Disks and their health on real device models: an NVMe controller, an ATA disk and a virtio disk, by the agent's own code. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmptyImage } from "./ext4-image.ts";
import { type Guest, startGuest } from "./guest.ts";
import { missingForGuests } from "./requirements.ts";

/** What read-disks.ts prints. */
interface Examination {
  readonly disks: Found;
  readonly smart: Found;
}

interface Found {
  readonly subjects: readonly Subject[];
  readonly lists: readonly { readonly kind: string; readonly isComplete?: boolean }[];
  readonly samples: readonly { readonly kind: string; readonly id: string; readonly name: string; readonly value?: number }[];
}

interface Subject {
  readonly kind: string;
  readonly id: string;
  readonly outcome: string;
  readonly blockDevice?: { readonly name: string };
  readonly diskHealth?: { readonly device: string; readonly ataAttributes?: readonly object[] };
}

/** The parts of smartctl's own answer that are looked at. */
interface Answer {
  readonly nvme_smart_health_information_log: Readonly<Record<string, number>>;
  readonly ata_smart_attributes: { readonly table: readonly { readonly id: number; readonly raw: { readonly value: number } }[] };
}

const missing = await missingForGuests();

describe.skipIf(missing !== undefined)(
  `disks of a guest${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: 90_000 },
  () => {
    let folder: string;
    let guest: Guest;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "nodekeeper-disks-"));
      for (const name of ["data", "nvme", "ata"]) await createEmptyImage(join(folder, name), 16 << 20);
      const bundle = join(folder, "read-disks.mjs");
      await build({
        entryPoints: [join(import.meta.dirname, "read-disks.ts")],
        outfile: bundle,
        bundle: true,
        platform: "node",
        format: "esm",
        // Packages that call require() need one.
        banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
      });
      guest = await startGuest({
        files: [{ hostPath: bundle, guestPath: "/read-disks.mjs" }],
        disks: [
          { image: join(folder, "data"), device: "virtio", serial: "data" },
          { image: join(folder, "nvme"), device: "nvme", serial: "NVME0001" },
          { image: join(folder, "ata"), device: "ide", serial: "ATA0001" },
        ],
      });
    }, 300_000);

    afterAll(async () => {
      await guest?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    async function examine(): Promise<Examination> {
      const { exitCode, stdout, stderr } = await guest.run("node /files/read-disks.mjs");
      if (exitCode !== 0) throw new Error(stderr);
      // Our own program's output; a wrong shape fails the expectations.
      return JSON.parse(stdout) as Examination;
    }

    async function ask(command: string): Promise<Answer> {
      return JSON.parse((await guest.run(command)).stdout) as Answer;
    }

    it("are listed as the kernel has them, with what is mounted on them", async () => {
      await guest.run("mount -t ext4 /dev/serial/data /mnt");
      const names = (await guest.run("ls /sys/block")).stdout.trim().split("\n");
      const sizes = (await guest.run("cat /sys/block/nvme0n1/size")).stdout;

      const { disks } = await examine();

      const devices = disks.subjects.filter(({ kind }) => kind === "block_device");
      expect(devices.map(({ blockDevice }) => blockDevice?.name).sort()).toEqual(
        names.filter((name) => !/^(?:loop|ram)/.test(name)).sort(),
      );
      expect(devices.find(({ blockDevice }) => blockDevice?.name === "nvme0n1")?.blockDevice).toMatchObject({
        bus: "nvme",
        model: "QEMU NVMe Ctrl",
        serial: "NVME0001",
        isVirtual: true,
        sizeBytes: String(Number(sizes) * 512),
      });
      expect(devices.find(({ blockDevice }) => blockDevice?.name === "sda")).toMatchObject({
        id: "t10.ATA_QEMU_HARDDISK_ATA0001",
        blockDevice: { bus: "sata", model: "QEMU HARDDISK", isVirtual: true },
      });
      expect(disks.subjects.find(({ id }) => id === "/mnt")).toMatchObject({
        outcome: "OUTCOME_OK",
        filesystem: { type: "ext4", blockDeviceId: "serial:data", isRemote: false },
      });
      expect(disks.lists.map(({ isComplete }) => isComplete)).toEqual(disks.lists.map(() => true));
    });

    it("tell of their health what smartctl tells", async () => {
      const nvme = (await ask("smartctl --json -A /dev/nvme0")).nvme_smart_health_information_log;
      const ata = (await ask("smartctl --json -A /dev/sda")).ata_smart_attributes.table;

      const { smart } = await examine();

      expect(smart.subjects.map(({ diskHealth, outcome }) => [diskHealth?.device, outcome])).toEqual([
        ["/dev/nvme0", "OUTCOME_OK"],
        ["/dev/sda", "OUTCOME_OK"],
        ...smart.subjects.slice(2).map(() => [undefined, "OUTCOME_ABSENT"]),
      ]);
      expect(smart.subjects[0]?.diskHealth).toMatchObject({
        protocol: "NVMe",
        serialNumber: "NVME0001",
        status: "HEALTH_STATUS_PASSED",
        temperatureCelsius: nvme["temperature"],
        smartctlExitStatus: 0,
        nvme: {
          criticalWarning: 0,
          compositeTemperatureCelsius: nvme["temperature"],
          availableSparePercent: nvme["available_spare"],
          percentageUsed: nvme["percentage_used"],
          dataUnitsRead: String(nvme["data_units_read"]),
          powerOnHours: String(nvme["power_on_hours"]),
        },
      });
      expect(ata.length).toBeGreaterThan(0);
      expect(smart.subjects[1]?.diskHealth?.ataAttributes).toMatchObject(
        ata.map(({ id, raw }) => ({ id, rawValue: String(raw.value) })),
      );
    });

    it("tell of the limits of their temperature, which this smartctl only prints", async () => {
      const printed = (await guest.run("smartctl --capabilities /dev/nvme0")).stdout;
      const limitIn = (label: string): number =>
        Number(new RegExp(`^${label} Comp\\. Temp\\. Threshold: +(\\d+) Celsius$`, "m").exec(printed)?.[1]);

      const { smart } = await examine();

      expect(smart.subjects[0]?.diskHealth).toMatchObject({
        smartctlDeviceType: "nvme",
        nvme: {
          warningCompositeTemperatureThresholdCelsius: limitIn("Warning "),
          criticalCompositeTemperatureThresholdCelsius: limitIn("Critical"),
        },
      });
      expect(smart.subjects[1]?.diskHealth).toMatchObject({ smartctlDeviceType: "sat", selfTestLog: {}, ata: {} });
    });

    it("tell of a fault as soon as the controller declares it", async () => {
      await guest.qmp("qom-set", { path: "/machine/peripheral/NVME0001", property: "smart_critical_warning", value: 4 });

      const { smart } = await examine();

      expect(smart.subjects[0]?.diskHealth).toMatchObject({
        status: "HEALTH_STATUS_FAILED",
        smartctlExitStatus: 8,
        nvme: { criticalWarning: 4 },
      });
    });
  },
);
