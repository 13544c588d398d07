/** GPUs of the made-up machine: one shared with a game, one asleep, one cut into instances, one in the processor, four that cannot be read. */
import type { SubjectBody } from "../api/node.ts";
import { failedSubject, gibibyte, readBefore, subject } from "./machine-subject.ts";

/** All of them, with what their drivers say and the processes that use them. */
export function gpus(): readonly SubjectBody[] {
  return [
    ...sharedGpu(),
    ...sleepingGpu(),
    ...dividedGpu(),
    ...integratedGpu(),
    ...unreadable("0000:04:00.0", "GPU_LOST", "the GPU does not answer on the bus any more: power the machine off and on"),
    ...unreadable(
      "0000:05:00.0",
      "GPU_DRIVER_MISMATCH",
      "the driver in the kernel is 580.95.05 and its library 580.105.08: restart the machine",
    ),
    ...unreadable("0000:06:00.0", "GPU_DRIVER_MISSING", "no driver is loaded for it: install nvidia-driver"),
    ...unreadable("0000:07:00.0", "GPU_PERMISSION_DENIED", "its driver refused for lack of privilege: run the agent as root"),
  ];
}

/** One that is awake, with a game that holds 9 GiB of it beside Ollama and a desktop. */
export function sharedGpu(): readonly SubjectBody[] {
  const id = "0000:01:00.0";
  const ollama = { pidNumber: 2201, processName: "ollama", unit: "ollama.service", user: "ollama" };
  const game = { pidNumber: 7312, processName: "Cyberpunk2077.exe", unit: "user@1000.service", user: "mika" };
  return [
    subject("gpu", "gpu", id, {
      vendor: "nvidia",
      productName: "NVIDIA GeForce RTX 5070 Ti",
      pciId: "10de:2c05",
      driver: "nvidia",
      driverVersion: "580.95.05",
      isIntegrated: false,
      power: "awake",
      pcieLink: {
        address: id,
        gigatransfersPerSecond: 32,
        maximumGigatransfersPerSecond: 32,
        laneCount: 16,
        maximumLaneCount: 16,
      },
      sleep: {
        isPossible: false,
        impossibleBecause: "Runtime D3 is not supported by this card",
        pciPowerState: "D0",
        holders: [ollama, game],
        holderCount: 2,
      },
    }),
    subject(
      "gpu",
      "gpu_status",
      id,
      {
        uuid: "GPU-b7447c3b-0000-4000-8000-cdc62c74d8b2",
        productName: "NVIDIA GeForce RTX 5070 Ti",
        driverVersion: "580.95.05",
        cudaVersion: "13.0",
        computeCapability: "12.0",
        architecture: "Blackwell",
        memoryTotalBytes: 15.92 * gibibyte,
        memoryReservedBytes: 0.45 * gibibyte,
        powerLimitWatts: 300,
        isDisplayActive: true,
        source: "nvml",
      },
      {
        memory_used_bytes: 14.9 * gibibyte,
        memory_free_bytes: 0.57 * gibibyte,
        utilization_percent: 97,
        temperature_celsius: 71,
        power_watts: 268.4,
        fan_percent: 55,
        graphics_clock_hertz: 2.6e9,
        memory_clock_hertz: 14e9,
        performance_state_number: 0,
        is_limited_by_power_cap: 1,
        is_limited_by_hardware_thermal: 0,
      },
    ),
    gpuProcess(id, game, "game", 9, { isGraphics: true }),
    gpuProcess(id, { ...ollama, pidNumber: 2290 }, "ollama", 3.2, { isCompute: true }),
    gpuProcess(id, { ...ollama, pidNumber: 2260 }, "ollama", 2.5, { isCompute: true }),
    gpuProcess(id, { pidNumber: 1502, processName: "Xorg", unit: "gdm.service", user: "root" }, "desktop", 0.2, {
      isGraphics: true,
    }),
  ];
}

/** One that sleeps, and was read an hour ago. */
export function sleepingGpu(): readonly SubjectBody[] {
  const id = "0000:02:00.0";
  return [
    subject(
      "gpu",
      "gpu",
      id,
      {
        vendor: "nvidia",
        productName: "NVIDIA GeForce RTX 3050 Ti Laptop GPU",
        pciId: "10de:25a0",
        driver: "nvidia",
        driverVersion: "580.95.05",
        isIntegrated: false,
        power: "asleep",
        pcieLink: { address: id, isSuspended: true },
        sleep: {
          isPossible: true,
          pciPowerState: "D3cold",
          runtimeD3Status: "Enabled (fine-grained)",
          videoMemoryState: "Off",
          holderCount: 0,
          wakeCost: "Waking it takes about a second, and 10 to 20 W until it sleeps again.",
        },
      },
      { suspended_seconds_total: 86_000, active_seconds_total: 4_000 },
    ),
    readBefore(
      1,
      subject(
        "gpu",
        "gpu_status",
        id,
        {
          productName: "NVIDIA GeForce RTX 3050 Ti Laptop GPU",
          driverVersion: "580.95.05",
          memoryTotalBytes: 4 * gibibyte,
          powerLimitWatts: 60,
          source: "nvml",
        },
        {
          memory_used_bytes: 0.01 * gibibyte,
          memory_free_bytes: 3.9 * gibibyte,
          utilization_percent: 0,
          temperature_celsius: 43,
          power_watts: 4.1,
        },
      ),
    ),
  ];
}

function dividedGpu(): readonly SubjectBody[] {
  const id = "0000:03:00.0";
  const trainer = {
    pidNumber: 9100,
    processName: "python3",
    containerId: "4f".repeat(32),
    podUid: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    podNamespace: "ml",
    podName: "trainer-0",
    containerName: "train",
  };
  return [
    subject("gpu", "gpu", id, {
      vendor: "nvidia",
      productName: "NVIDIA A100-SXM4-40GB",
      driver: "nvidia",
      isIntegrated: false,
      power: "awake",
      sleep: { isPossible: true, holders: [trainer], holderCount: 1 },
    }),
    subject(
      "gpu",
      "gpu_status",
      id,
      {
        productName: "NVIDIA A100-SXM4-40GB",
        memoryTotalBytes: 40 * gibibyte,
        powerLimitWatts: 400,
        isEccEnabled: true,
        isRowRemapPending: true,
        isMigEnabled: true,
        instances: [
          { uuid: "MIG-1", profile: "3g.20gb", memoryTotalBytes: 19.6 * gibibyte, memoryUsedBytes: 11 * gibibyte },
          { uuid: "MIG-2", profile: "1g.5gb", memoryTotalBytes: 4.8 * gibibyte, memoryUsedBytes: 0 },
        ],
        source: "nvml",
      },
      {
        memory_used_bytes: 11 * gibibyte,
        temperature_celsius: 52,
        power_watts: 180,
        ecc_corrected_errors_total: 3,
        ecc_uncorrected_errors_total: 0,
      },
    ),
    gpuProcess(id, trainer, "other", 11, { isCompute: true }),
  ];
}

function integratedGpu(): readonly SubjectBody[] {
  const id = "0000:e5:00.0";
  return [
    subject("gpu", "gpu", id, {
      vendor: "amd",
      productName: "AMD Radeon Graphics",
      pciId: "1002:1638",
      driver: "amdgpu",
      isIntegrated: true,
      power: "awake",
    }),
    subject(
      "gpu",
      "gpu_status",
      id,
      { memoryTotalBytes: 0.5 * gibibyte, sharedMemoryTotalBytes: 15 * gibibyte, source: "sysfs" },
      {
        memory_used_bytes: 0.1 * gibibyte,
        shared_memory_used_bytes: 0.3 * gibibyte,
        utilization_percent: 2,
        temperature_celsius: 47,
      },
    ),
  ];
}

function unreadable(id: string, code: string, message: string): readonly SubjectBody[] {
  return [
    subject("gpu", "gpu", id, {
      vendor: "nvidia",
      productName: "NVIDIA GeForce RTX 4090",
      pciId: "10de:2684",
      isIntegrated: false,
      power: "awake",
    }),
    failedSubject("gpu", "gpu_status", id, code, message),
  ];
}

function gpuProcess(
  gpuId: string,
  owner: Readonly<Record<string, unknown>> & { readonly pidNumber: number },
  purpose: string,
  gibibytes: number,
  kind: Readonly<Record<string, boolean>>,
): SubjectBody {
  const id = `${gpuId} ${owner.pidNumber}`;
  return subject("gpu", "gpu_process", id, { gpuId, owner, purpose, ...kind }, { memory_used_bytes: gibibytes * gibibyte });
}
