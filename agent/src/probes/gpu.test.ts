import { beforeEach, describe, expect, it } from "vitest";
import { GpuMachine, one, workingCard } from "./test-support/gpu-machine.ts";
import { addGpu, driverReading } from "./test-support/gpus.ts";
import { factsAt, samplesAt } from "./test-support/payload-view.ts";

let machine: GpuMachine;

beforeEach(() => {
  machine = new GpuMachine();
});

describe("feature 23: the list of GPUs: UUID, product, VRAM, driver, CUDA, compute capability, MIG", () => {
  it("tells an NVIDIA card by bus and driver", async () => {
    addGpu(machine.host, one);
    const payload = await machine.found();

    expect(factsAt(payload, "gpu", one)).toEqual({
      vendor: "nvidia",
      productName: "NVIDIA GeForce RTX 5070 Ti",
      pciId: "10de:2c05",
      subsystemPciId: "1462:5110",
      driver: "nvidia",
      driverVersion: "580.95.05",
      isIntegrated: false,
      power: "GPU_POWER_AWAKE",
      pcieLink: {
        ...{ address: one, gigatransfersPerSecond: 16, maximumGigatransfersPerSecond: 16, laneCount: 16, maximumLaneCount: 16 },
        isSuspended: false,
      },
      sleep: {
        ...{ isPossible: true, pciPowerState: "D0", runtimeD3Status: "Enabled (fine-grained)", videoMemoryState: "Active" },
        holderCount: 0,
      },
    });
    expect(samplesAt(payload, "gpu", one)).toEqual({ suspended_seconds_total: 9, active_seconds_total: 61.5 });
    expect(factsAt(payload, "gpu_status", one)).toMatchObject({
      uuid: "GPU-1b2c",
      productName: "NVIDIA GeForce RTX 5070 Ti",
      driverVersion: "580.95.05",
      cudaVersion: "13.0",
      computeCapability: "12.0",
      memoryTotalBytes: "17094934528",
      isMigEnabled: false,
      source: "nvml",
    });
    expect(samplesAt(payload, "gpu_status", one)).toMatchObject({
      memory_used_bytes: 8_000_000_000,
      utilization_percent: 40,
      power_watts: 96.5,
      fan_percent: undefined,
    });
    expect(payload.lists.map(({ kind, isComplete }) => [kind, isComplete])).toEqual([
      ["gpu", true],
      ["gpu_status", true],
      ["gpu_process", true],
    ]);
  });

  it("tells the instances that a GPU is cut into", async () => {
    addGpu(machine.host, one);
    const instance = { uuid: "MIG-4a3f", profile: "1g.10gb", gpuInstance: 9, computeInstance: 0, memoryTotalBytes: 10_000 };
    machine.answer = () =>
      driverReading([{ ...workingCard, isMigEnabled: true, instances: Array.from({ length: 20 }, () => instance) }]);

    expect(factsAt(await machine.found(), "gpu_status", one)).toMatchObject({
      isMigEnabled: true,
      instances: Array.from({ length: 16 }, () => ({
        ...{ uuid: "MIG-4a3f", profile: "1g.10gb", gpuInstanceNumber: 9, computeInstanceNumber: 0 },
        memoryTotalBytes: "10000",
      })),
    });
  });

  it("names a card that its driver does not know by the host's list of PCI ids, and looks it up once", async () => {
    addGpu(machine.host, one, { driver: "", pciId: "10DE:2C05" });
    machine.host.entries.set(
      "/usr/share/misc/pci.ids",
      "1002  Advanced Micro Devices, Inc. [AMD/ATI]\n\t2c05  Wrong\n10de  NVIDIA Corporation\n\t2c02  GB203 [GeForce RTX 5080]\n\t2c05  GB203 [GeForce RTX 5070 Ti]\n\t\t1462 5110  Gaming\nC 03  Display controller\n",
    );

    expect(factsAt(await machine.found(), "gpu", one)).toMatchObject({ productName: "NVIDIA GeForce RTX 5070 Ti" });
    machine.host.remove("/usr/share/misc/pci.ids");
    expect(factsAt(await machine.found(), "gpu", one)).toMatchObject({ productName: "NVIDIA GeForce RTX 5070 Ti" });
  });

  it.each([
    ["a server's ASPEED", "1A03:2000", "ast", "other"],
    ["a Matrox", "102B:0522", "mgag200", "other"],
    ["QEMU's", "1234:1111", "bochs-drm", "virtual"],
    ["virtio's", "1AF4:1050", "virtio-pci", "virtual"],
    ["VMware's", "15AD:0405", "vmwgfx", "virtual"],
  ])("does not take %s display adapter for a GPU that has something to tell", async (_, pciId, driver, vendor) => {
    addGpu(machine.host, one, { pciId, driver });
    const payload = await machine.found();

    expect(factsAt(payload, "gpu", one)).toMatchObject({ vendor, driver });
    expect(factsAt(payload, "gpu_status", one)).toBe("absent");
    expect(machine.asked).toEqual([]);
  });

  it.each([
    ["1002:164E", true],
    ["1002:9874", true],
    ["1002:744C", false],
    ["1002:67DF", false],
    ["1002:5B60", undefined],
  ])("knows by its number whether AMD's %s is the processor's, also while it sleeps", async (pciId, isIntegrated) => {
    addGpu(machine.host, one, { pciId, driver: "amdgpu", status: "suspended" });
    const told = factsAt(await machine.found(), "gpu", one);

    expect(told).toMatchObject({ vendor: "amd", power: "GPU_POWER_ASLEEP" });
    expect(Object(told).isIntegrated).toBe(isIntegrated);
  });

  it("tells a Raspberry Pi's own GPU, which computes nothing for anybody", async () => {
    const path = "/sys/devices/platform/axi/1002000000.v3d";
    machine.host.add("/sys/class/drm/renderD128", { device: { link: path } });
    machine.host.add("/sys/class/drm/renderD129", { device: { link: "/sys/devices/platform/vgem" } });
    machine.host.add("/sys/devices/platform/vgem", { uevent: "DRIVER=vgem\n" });
    machine.host.add(path, { uevent: "DRIVER=v3d\nOF_COMPATIBLE_0=brcm,2712-v3d\n", "power/runtime_status": "suspended\n" });
    const payload = await machine.found();

    expect(payload.subjects.filter(({ kind }) => kind === "gpu").map(({ id }) => id)).toEqual(["1002000000.v3d"]);
    expect(factsAt(payload, "gpu", "1002000000.v3d")).toMatchObject({
      ...{ vendor: "raspberry-pi", productName: "VideoCore", driver: "v3d", isIntegrated: true },
    });
    expect(factsAt(payload, "gpu_status", "1002000000.v3d")).toBe("absent");
  });
});

describe("feature 45: per-process memory of a GPU with its owner", () => {
  it("names the unit, the container and what kind of program each is", async () => {
    addGpu(machine.host, one);
    machine.addProcess(100, "ollama", "/system.slice/ollama.service");
    machine.addProcess(
      200,
      "Cyberpunk2077.exe",
      "/user.slice/user-1000.slice/user@1000.service/app.slice/app-steam-1091500.scope",
    );
    machine.addProcess(300, "python3", `/system.slice/docker-${"ab".repeat(32)}.scope`);
    machine.addProcess(
      400,
      "gnome-shell",
      "/user.slice/user-1000.slice/user@1000.service/session.slice/org.gnome.Shell@wayland.service",
    );
    const processes = [100, 200, 300, 400].map((pid) => ({
      ...{ pid, memoryBytes: pid * 1_000_000, isCompute: pid !== 200, isGraphics: pid === 200 || pid === 400 },
    }));
    machine.answer = () => driverReading([{ ...workingCard, processes }]);
    const payload = await machine.found();

    expect(factsAt(payload, "gpu_process", `${one} 100`)).toMatchObject({
      ...{ gpuId: one, isCompute: true, isGraphics: false, purpose: "ollama" },
      owner: { pidNumber: 100, processName: "ollama", unit: "ollama.service", user: "root" },
    });
    expect(samplesAt(payload, "gpu_process", `${one} 200`)).toEqual({ memory_used_bytes: 200_000_000 });
    expect(factsAt(payload, "gpu_process", `${one} 200`)).toMatchObject({ purpose: "game" });
    expect(factsAt(payload, "gpu_process", `${one} 300`)).toMatchObject({
      ...{ purpose: "other", owner: { processName: "python3", containerId: "ab".repeat(32) } },
    });
    expect(factsAt(payload, "gpu_process", `${one} 400`)).toMatchObject({ purpose: "desktop" });
  });

  it.each([
    ["does not say who uses it", { processes: undefined }, {}],
    ["sees only our own container", { processes: [{ pid: 1, isCompute: true, isGraphics: false }] }, { seesAllProcesses: false }],
  ])("says that it cannot know all where the driver %s, instead of saying nobody", async (_, gpu, reading) => {
    addGpu(machine.host, one);
    const { processes: _all, ...rest } = workingCard;
    machine.answer = () => driverReading([gpu.processes === undefined ? rest : { ...rest, processes: gpu.processes }], reading);
    const { lists } = await machine.found();

    expect(lists.find(({ kind }) => kind === "gpu_process")).toMatchObject({
      isComplete: false,
      failure: { code: "GPU_PROCESSES_HIDDEN" },
    });
    expect(lists.find(({ kind }) => kind === "gpu_status")).toMatchObject({ isComplete: true });
  });
});

describe("feature 45: users of a GPU where the driver lists nobody for us, as in a container of its own", () => {
  it("names who has it open, without their memory, and says that there may be more, also while it rests", async () => {
    addGpu(machine.host, one);
    machine.host.remove("/proc/self");
    machine.addProcess(100, "ollama", "/system.slice/ollama.service");
    machine.host.holders = [{ pid: 100, path: "/dev/nvidia0" }];
    const { processes: _, ...untold } = workingCard;
    machine.answer = () => driverReading([{ ...untold, utilization: { gpuPercent: 0 } }], { seesAllProcesses: false });
    for (let run = 0; run < 2; run++) {
      const payload = await machine.found();
      machine.pass(15_000);

      expect(factsAt(payload, "gpu_process", `${one} 100`)).toMatchObject({
        purpose: "ollama",
        owner: { unit: "ollama.service" },
      });
      expect(payload.lists.find(({ kind }) => kind === "gpu_process")).toMatchObject({ isComplete: false });
    }
    expect(machine.asked).toHaveLength(1);
  });
});

describe("feature 46: why a GPU's clocks are lower than they could be", () => {
  it("says each reason by itself", async () => {
    addGpu(machine.host, one);
    const samples = samplesAt(await machine.found(), "gpu_status", one);

    expect(Object.fromEntries(Object.entries(samples).filter(([name]) => name.startsWith("is_limited")))).toEqual({
      is_limited_by_idle: 0,
      is_limited_by_application_clocks: 0,
      is_limited_by_power_cap: 1,
      is_limited_by_hardware_slowdown: 0,
      is_limited_by_sync_boost: 0,
      is_limited_by_software_thermal: 0,
      is_limited_by_hardware_thermal: 1,
      is_limited_by_power_brake: 0,
      is_limited_by_display_clocks: 0,
    });
  });
});
