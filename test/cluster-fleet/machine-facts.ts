/** What the machines of the fleet say: mini PCs with an NVMe disk to boot from, and where they have them a GPU and a disk for data. */
import { BlockDeviceType, type Facts, GpuPower, SelfTestResult } from "@nodekeeper/proto";
import { factsOf, ok, type Thing } from "../bench/ingest/facts.ts";

/** What a machine has that another may lack. */
export interface Equipment {
  readonly hasGpu: boolean;
  readonly hasDataDisk: boolean;
  /** A bit of its disk's critical warning is set: a fault that the device declares itself. */
  readonly isDiskFailing: boolean;
  /** The last test of its disk found a fault: one that the next test makes good. Default: it passed. */
  readonly hasFailedSelfTest?: boolean;
  /** Of Longhorn's disk in /var/lib/longhorn; undefined: Longhorn is not on the machine. */
  readonly longhornDiskUuid?: string;
}

/** The probes of the machine; each says all that it knows. */
export const probes: Readonly<Record<string, (node: string, equipment: Equipment) => Facts>> = {
  system: () => factsOf(systemThings),
  disks: (node, equipment) => factsOf([...diskThings(node, equipment.hasDataDisk), ...longhornThings(node, equipment)]),
  gpu: (_, { hasGpu }) => withLists(factsOf(hasGpu ? gpuThings : []), ["gpu", "gpu_status", "gpu_process"]),
  smart: (node, equipment) => factsOf([healthThing(node, equipment)]),
};

const gib = 2 ** 30;
const gpuId = "0000:01:00.0";

const systemThings: readonly Thing[] = [
  ok("operating_system", "", {
    case: "operatingSystem",
    value: { id: "debian", versionId: "13", kernelRelease: "6.12.48+deb13-amd64", architecture: "x86_64" },
  }),
  ok("board", "", { case: "board", value: { vendor: "AZW", productName: "SER5" } }),
  ok("cpu", "", { case: "cpu", value: { modelName: "AMD Ryzen 7 5825U", logicalCount: 16, coreCount: 8 } }),
  ok("memory", "", { case: "memory", value: { totalBytes: BigInt(31 * gib), swapTotalBytes: 0n } }),
];

function diskThings(node: string, hasDataDisk: boolean): readonly Thing[] {
  const system = `nvme-${node}`;
  const data = `ata-${node}`;
  const kind = { type: BlockDeviceType.DISK, isVirtual: false };
  const common = { ...kind, isRotational: false, isRemovable: false, isReadOnly: false, logicalBlockSizeBytes: 512 };
  const filesystem = { mountPoint: "/", source: "/dev/nvme0n1p2", type: "ext4", blockDeviceId: system, deviceName: "nvme0n1p2" };
  return [
    ok("block_device", system, {
      case: "blockDevice",
      value: {
        ...{ ...common, name: "nvme0n1", bus: "nvme", model: "Samsung SSD 980 PRO 1TB", serial: `S5GX${node}` },
        sizeBytes: 1_000_204_886_016n,
        partitions: [{ name: "nvme0n1p2", number: 2, sizeBytes: 999_000_000_000n }],
      },
    }),
    ...(hasDataDisk
      ? [
          ok("block_device", data, {
            case: "blockDevice",
            value: {
              ...{ ...common, name: "sda", bus: "sata", model: "Crucial CT1000MX500SSD1", serial: `2042E${node}` },
              sizeBytes: 1_000_204_886_016n,
            },
          }),
        ]
      : []),
    ok("filesystem", "/", {
      case: "filesystem",
      value: { ...filesystem, sizeBytes: 980_000_000_000n, isRemote: false, physicalBlockDeviceIds: [system] },
    }),
  ];
}

const gpuThings: readonly Thing[] = [
  ok("gpu", gpuId, {
    case: "gpu",
    value: {
      ...{ vendor: "nvidia", productName: "NVIDIA GeForce RTX 3050 Ti Laptop GPU", pciId: "10de:25a0", driver: "nvidia" },
      ...{ driverVersion: "580.159.04", isIntegrated: false, power: GpuPower.AWAKE },
    },
  }),
  ok("gpu_status", gpuId, {
    case: "gpuStatus",
    value: { productName: "NVIDIA GeForce RTX 3050 Ti Laptop GPU", memoryTotalBytes: BigInt(4 * gib), computeCapability: "8.6" },
  }),
];

function longhornThings(node: string, { longhornDiskUuid: diskUuid }: Equipment): readonly Thing[] {
  if (diskUuid === undefined) return [];
  const place = { mountPoint: "/", physicalBlockDeviceIds: [`nvme-${node}`], isMountPoint: false };
  return [ok("longhorn_disk", "/var/lib/longhorn", { case: "longhornDisk", value: { diskUuid, ...place } })];
}

function healthThing(node: string, { isDiskFailing, hasFailedSelfTest = false }: Equipment): Thing {
  return ok("disk_health", `nvme-${node}`, {
    case: "diskHealth",
    value: {
      ...{ device: "/dev/nvme0", protocol: "NVMe", modelName: "Samsung SSD 980 PRO 1TB", serialNumber: `S5GX${node}` },
      nvme: {
        criticalWarning: isDiskFailing ? 4 : 0,
        availableSparePercent: 100,
        availableSpareThresholdPercent: 10,
        percentageUsed: 3,
      },
      selfTestLog: {
        tests: [{ type: "extended", result: hasFailedSelfTest ? SelfTestResult.FAILED : SelfTestResult.PASSED }],
      },
    },
  });
}

/** Lists that are whole, also where they are empty. */
function withLists(facts: Facts, kinds: readonly string[]): Facts {
  for (const kind of kinds) {
    if (!facts.lists.some((list) => list.kind === kind))
      facts.lists.push({ $typeName: "nodekeeper.v1.SubjectList", kind, isComplete: true });
  }
  return facts;
}
