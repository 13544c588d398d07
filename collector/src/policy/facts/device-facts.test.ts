/** Disks and GPUs as they are known. */
import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import type { KnownFacts } from "../known-facts.ts";
import {
  after,
  diskLists,
  failed,
  gpuLists,
  knownOf,
  nvme,
  ok,
  proven,
  reasonOf,
  root,
  rtx,
  rtxStatus,
  type SubjectInit,
  without,
} from "../test-support/told-node.ts";

describe("disks", () => {
  function disksOf(...subjects: SubjectInit[]): KnownFacts["facts"]["disks"] {
    return knownOf(after(proven, "disks", { subjects, lists: diskLists })).facts.disks;
  }

  function device(id: string, value: Extract<NonNullable<SubjectInit["value"]>, { case: "blockDevice" }>["value"]): SubjectInit {
    return ok("block_device", id, {
      case: "blockDevice",
      value: { type: 1, sizeBytes: 1n << 40n, isVirtual: false, ...(value as object) },
    });
  }

  it("are told as makers and buses do", () => {
    expect(disksOf(nvme)).toMatchObject([
      {
        id: "eui.1",
        type: "nvme",
        transport: "nvme",
        model: "Samsung SSD 980 PRO 1TB",
        sizeGib: 931,
        pcieLanes: 4,
        isFast: true,
        isRemovable: false,
      },
    ]);
    expect(knownOf(after(proven, "disks", { subjects: [nvme], lists: diskLists })).groups.disks.read.value).toBe(
      "id eui.1, type nvme, transport nvme, model Samsung SSD 980 PRO 1TB, size_gib 931, pcie_lanes 4, is_fast true, is_removable false",
    );
  });

  it.each([
    ["a hard disk", { bus: "sata", isRotational: true, isRemovable: false }, { type: "hdd", isFast: false, isRemovable: false }],
    ["an SSD", { bus: "sata", isRotational: false }, { type: "ssd", isFast: false }],
    ["an SD card", { bus: "mmc", isRotational: false, flashLife: { cardType: "sd" } }, { type: "sd", isRemovable: true }],
    [
      "an eMMC",
      { bus: "mmc", isRotational: false, isRemovable: false, flashLife: { cardType: "mmc" } },
      { type: "sd", isRemovable: false },
    ],
    [
      "a stick, which the kernel takes to spin",
      { bus: "usb", isRotational: true, isRemovable: true },
      { type: "", isRemovable: true },
    ],
    ["an SSD behind USB", { bus: "usb", isRotational: false }, { type: "ssd", isRemovable: true, isFast: false }],
    ["a disk of a virtual machine", { bus: "virtio", isVirtual: true }, { type: "virtual" }],
    [
      "an NVMe disk on one lane",
      { bus: "nvme", pcieLink: { laneCount: 1, gigatransfersPerSecond: 8 } },
      { pcieLanes: 1, isFast: false },
    ],
    [
      "an NVMe disk on slow lanes",
      { bus: "nvme", pcieLink: { laneCount: 4, gigatransfersPerSecond: 5 } },
      { pcieLanes: 4, isFast: false },
    ],
  ])("know %s", (_, value, facts) => {
    expect(disksOf(device("x", value))).toMatchObject([{ id: "x", ...facts }]);
  });

  it("say nothing of what could not be read of them", () => {
    const [disk] = disksOf(device("x", { bus: "sata" }));

    expect(disk).toMatchObject({ id: "x", transport: "sata", isFast: false });
    expect(disk?.type).toBeUndefined();
    expect(disk?.isRemovable).toBeUndefined();
  });

  it("say nothing of a link that sleeps", () => {
    const [disk] = disksOf(device("x", { bus: "nvme", pcieLink: { isSuspended: true, laneCount: 4 } }));

    expect(disk?.pcieLanes).toBeUndefined();
    expect(disk?.isFast).toBeUndefined();
  });

  it("are whole, hold data, and are the machine's own", () => {
    const others = [
      device("loop0", { type: 4, isVirtual: true }),
      device("zram0", { type: 5, isVirtual: true }),
      device("dm-0", { type: 3 }),
      device("md0", { type: 2 }),
      device("sr0", { type: 6 }),
      device("reader", { bus: "usb", sizeBytes: 0n }),
      device("longhorn", { bus: "iscsi", isVirtual: true }),
      device("over-network", { bus: "nvme-tcp", isVirtual: true }),
    ];

    expect(disksOf(...others, device("b", { bus: "sata" }), device("a", { bus: "sata" })).map(({ id }) => id)).toEqual([
      "a",
      "b",
    ]);
  });

  it("that could not be read are there, and nothing is known of them but what they are called", () => {
    const before = after(proven, "disks", { subjects: [nvme, device("loop0", { type: 4, isVirtual: true })], lists: diskLists });
    const now = after(before, "disks", {
      subjects: [failed("block_device", "eui.1"), failed("block_device", "loop0")],
      lists: diskLists,
    });

    expect(knownOf(now).facts.disks).toMatchObject([{ id: "eui.1" }]);
    expect(knownOf(now).facts.disks[0]?.type).toBeUndefined();
  });
});

describe("what was never read", () => {
  it("may be a disk or not, so that the disks are not known", () => {
    const node = after(proven, "disks", { subjects: [nvme, failed("block_device", "naa.2")], lists: diskLists });

    expect(reasonOf(node, "disks")).toBe("whether naa.2 is a disk could not be told: EIO");
  });

  it("may be a GPU that can compute or not, so that the GPUs are not known", () => {
    const node = after(proven, "gpu", { subjects: [rtx, failed("gpu", "0000:02:00.0")], lists: gpuLists });

    expect(reasonOf(node, "gpus")).toBe("whether 0000:02:00.0 is a GPU that can compute could not be told: EIO");
  });
});

describe("the system disk", () => {
  it("is what the root filesystem lies on; of an array the first by its id", () => {
    const other = { ...nvme, id: "eui.0" };
    const array = ok("filesystem", "/", { case: "filesystem", value: { physicalBlockDeviceIds: ["eui.1", "eui.0"] } });

    expect(knownOf(after(proven, "disks", { subjects: [nvme, root], lists: diskLists })).facts.systemDisk?.id).toBe("eui.1");
    expect(knownOf(after(proven, "disks", { subjects: [nvme, other, array], lists: diskLists })).facts.systemDisk?.id).toBe(
      "eui.0",
    );
  });

  it("is not known while a device cannot be read, which may be it", () => {
    const node = after(proven, "disks", { subjects: [nvme, failed("block_device", "naa.2"), root], lists: diskLists });

    expect(reasonOf(node, "systemDisk")).toBe("the block device naa.2 could not be read: EIO");
  });

  it("is not known where the root filesystem lies on no disk", () => {
    const elsewhere = ok("filesystem", "/", { case: "filesystem", value: { source: "nas:/root" } });

    expect(reasonOf(after(proven, "disks", { subjects: [nvme, elsewhere], lists: diskLists }), "systemDisk")).toBe(
      "the root filesystem lies on no disk of this machine that is known",
    );
    expect(reasonOf(after(proven, "disks", { subjects: [nvme], lists: diskLists }), "systemDisk")).toBe(
      "the root filesystem could not be read",
    );
  });
});

describe("GPUs", () => {
  it("are none where the probe says so, which is knowledge", () => {
    const { facts, groups } = knownOf(without(proven, "gpu", Outcome.ABSENT));

    expect(groups.gpus).toMatchObject({ kind: "known", read: { value: "none", probe: "gpu", freshness: "fresh" } });
    expect(facts.gpus).toEqual([]);
  });

  it("are those that can compute, and that this machine has for itself", () => {
    const subjects = [
      rtx,
      rtxStatus,
      ok("gpu", "0000:02:00.0", { case: "gpu", value: { vendor: "other", productName: "ASPEED" } }),
      ok("gpu", "0000:03:00.0", { case: "gpu", value: { vendor: "nvidia", driver: "vfio-pci" } }),
      ok("gpu", "0000:00:02.0", {
        case: "gpu",
        value: { vendor: "intel", productName: "Intel UHD Graphics 620", isIntegrated: true },
      }),
    ];

    expect(knownOf(after(proven, "gpu", { subjects, lists: gpuLists })).facts.gpus).toMatchObject([
      {
        id: "0000:00:02.0",
        vendor: "intel",
        product: "uhd-620",
        memoryGib: 0,
        isIntegrated: true,
        computeCapability: "",
        driverVersion: "",
      },
      {
        id: "0000:01:00.0",
        vendor: "nvidia",
        productName: "NVIDIA GeForce RTX 5070 Ti",
        product: "rtx-5070-ti",
        memoryGib: 16,
        isIntegrated: false,
        computeCapability: "12.0",
        driverVersion: "580.95.05",
      },
    ]);
  });

  it("that sleep are known by what their driver said last", () => {
    const asleep = { ...rtxStatus, readAtUnixMs: 1_700_000_000_000n };

    expect(knownOf(after(proven, "gpu", { subjects: [rtx, asleep], lists: gpuLists })).facts.gpus[0]?.memoryGib).toBe(16);
  });

  it("that slept since their agent was started have no memory that is known", () => {
    const empty = ok("gpu_status", "0000:01:00.0", { case: "gpuStatus", value: {} });
    const [gpu] = knownOf(after(proven, "gpu", { subjects: [rtx, empty], lists: gpuLists })).facts.gpus;

    expect(gpu?.product).toBe("rtx-5070-ti");
    expect(gpu?.memoryGib).toBeUndefined();
    expect(gpu?.computeCapability).toBeUndefined();
  });

  it("keep their name while their driver fails, and lose only what it alone tells", () => {
    const node = after(proven, "gpu", { subjects: [rtx, rtxStatus], lists: gpuLists });
    const broken = after(node, "gpu", { subjects: [rtx, failed("gpu_status", "0000:01:00.0")], lists: gpuLists });
    const [gpu] = knownOf(broken).facts.gpus;

    expect(gpu?.product).toBe("rtx-5070-ti");
    expect(gpu?.memoryGib).toBeUndefined();
  });

  it("that have fallen off the bus are still there, and nothing else is known of them", () => {
    const node = after(after(proven, "gpu", { subjects: [rtx, rtxStatus], lists: gpuLists }), "gpu", {
      subjects: [failed("gpu", "0000:01:00.0"), failed("gpu_status", "0000:01:00.0")],
      lists: gpuLists,
    });

    expect(knownOf(node).facts.gpus).toMatchObject([{ id: "0000:01:00.0" }]);
    expect(knownOf(node).facts.gpus[0]?.product).toBeUndefined();
  });
});
