/** Five machines of a home cluster, as policies see them. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DiskFactsSchema } from "@nodekeeper/proto";
import type { FactsInit } from "./made-facts.ts";

type DiskInit = MessageInitShape<typeof DiskFactsSchema>;

function disk(id: string, overrides: DiskInit = {}): DiskInit {
  return {
    id,
    type: "nvme",
    transport: "nvme",
    model: "Samsung SSD 980 PRO 1TB",
    sizeGib: 931,
    pcieLanes: 4,
    isFast: true,
    isRemovable: false,
    health: "ok",
    ...overrides,
  };
}

function machine(name: string, overrides: FactsInit): FactsInit {
  const systemDisk = overrides.systemDisk ?? disk("eui.0025385b01412345");
  return {
    name,
    machine: {
      architecture: "amd64",
      kernelRelease: "6.1.0-31-amd64",
      osId: "debian",
      osVersion: "12",
      vendor: "Example",
      productName: "Box",
      board: "",
      virtualization: "",
      cpuCount: 16,
      memoryGib: 64,
    },
    systemDisk,
    disks: [systemDisk],
    gpus: [],
    tailnet: { isInstalled: true, isOnline: true, name, address: "100.64.0.1", tags: ["tag:server"] },
    ollama: { isInstalled: false },
    k3s: { isInstalled: true, role: "server", version: "v1.33.6+k3s1", isEmbeddedEtcd: true },
    longhorn: { isHere: true, hasPrerequisites: true },
    cluster: { isNode: true, kubeletVersion: "v1.33.6+k3s1", labels: { "kubernetes.io/hostname": name } },
    ...overrides,
  };
}

/** A server that backs others up. */
export const neko: FactsInit = machine("neko", {});

/** Another server. */
export const neko2: FactsInit = machine("neko2", {});

/** A laptop with a small GPU. */
export const panther: FactsInit = machine("panther", {
  systemDisk: disk("naa.500a0751e1234567", { type: "ssd", transport: "sata", isFast: false, pcieLanes: undefined }),
  gpus: [
    {
      id: "0000:01:00.0",
      vendor: "nvidia",
      productName: "NVIDIA GeForce RTX 3050 Ti Laptop GPU",
      product: "rtx-3050-ti",
      memoryGib: 4,
      isIntegrated: false,
      computeCapability: "8.6",
      driverVersion: "580.95.05",
    },
    { id: "0000:00:02.0", vendor: "intel", product: "uhd", memoryGib: 0, isIntegrated: true, driverVersion: "" },
  ],
  ollama: { isInstalled: true, isRunning: true, version: "0.12.3", isReachable: true, models: ["nomic-embed-text:latest"] },
});

/** A Raspberry Pi with an NVMe disk on one lane. */
export const bobcat: FactsInit = machine("bobcat", {
  machine: {
    architecture: "arm64",
    kernelRelease: "6.12.47+rpt-rpi-2712",
    osId: "debian",
    osVersion: "12",
    vendor: "Raspberry Pi Ltd",
    productName: "Raspberry Pi 5 Model B Rev 1.0",
    board: "raspberry-pi-5",
    virtualization: "",
    cpuCount: 4,
    memoryGib: 8,
  },
  systemDisk: disk("eui.0025385b01499999", { pcieLanes: 1, isFast: false }),
});

/** A workstation with a large GPU, which is no Node. */
export const siberian: FactsInit = machine("siberian", {
  gpus: [
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
  ],
  ollama: { isInstalled: true, isRunning: true, version: "0.12.3", isReachable: true, models: ["granite4:3b"] },
  k3s: { isInstalled: false },
  longhorn: { isHere: false },
  cluster: { isNode: false },
});
