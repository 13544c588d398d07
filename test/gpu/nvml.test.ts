/** The child that asks NVIDIA's library, as the agent runs it, with a library that stands in for the driver's. */
import { describe, expect, it } from "vitest";
import { driverError } from "../../agent/src/probes/support/gpu/nvidia/driver-error.ts";
import { completeAddress, completeGpu, completeReading } from "./complete-gpu.ts";
import { readStandIn } from "./read-stand-in.ts";
import { type Answers, missingForStandIn, type Scenario, standInHost, writeProc } from "./stand-in.ts";

const missing = missingForStandIn();
const library: Answers = { nvmlSystemGetDriverVersion: "580.159.04", nvmlSystemGetCudaDriverVersion_v2: 13_000 };
const whole: Scenario = { library, gpus: { [completeAddress]: completeGpu } };

describe.skipIf(missing !== undefined)(`NVIDIA's library${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  describe("feature 44: utilisation, VRAM, temperature, power, clocks, P-state", () => {
    it("every value of a GPU is read, in our units", async () => {
      await using standIn = await standInHost(whole);

      expect(await readStandIn(standIn)).toEqual({
        source: "nvml",
        driverVersion: "580.159.04",
        cudaVersion: "13.0",
        seesAllProcesses: true,
        gpus: [completeReading],
      });
      expect(standIn.readings()).toEqual(["nvmlInit_v2", `gpu ${completeAddress}`, "nvmlShutdown"]);
    });
  });

  describe("feature 48: ECC, retired pages, row remap, recovery action", () => {
    it.each([
      { says: "1 0", action: "none" },
      { says: "1 1", action: "gpu-reset" },
      { says: "1 2", action: "node-reboot" },
      { says: "3 3", action: "drain-p2p" },
      { says: "5 4", action: "drain-and-reset" },
      { says: "1 99", action: undefined },
      { says: "!3", action: undefined },
    ])("the driver's $says means $action, beside the counts of errors and of what was replaced", async ({ says, action }) => {
      await using standIn = await standInHost({
        gpus: { [completeAddress]: { ...completeGpu, "nvmlDeviceGetFieldValues:230": says } },
      });

      const [gpu] = (await readStandIn(standIn)).gpus;

      const { ecc, retiredPages, remappedRows } = completeReading;
      expect({ action: gpu?.recoveryAction, ecc: gpu?.ecc, pages: gpu?.retiredPages, rows: gpu?.remappedRows }).toEqual({
        action,
        ecc,
        pages: retiredPages,
        rows: remappedRows,
      });
    });
  });

  it("a value that a GPU does not have is left out, and so is one that is all ones", async () => {
    await using standIn = await standInHost({
      gpus: {
        [completeAddress]: {
          nvmlDeviceGetFanSpeed: "0xffffffff",
          nvmlDeviceGetTotalEnergyConsumption: "0xffffffffffffffff",
          nvmlDeviceGetPerformanceState: 32,
          nvmlDeviceGetPowerUsage: "!3",
          "nvmlDeviceGetTemperatureThreshold:1": 0,
          nvmlDeviceGetSerial: "0",
          nvmlDeviceGetComputeRunningProcesses_v3: "12,18446744073709551615",
        },
      },
    });

    const { gpus } = await readStandIn(standIn);

    expect(JSON.stringify(gpus)).toBe(
      JSON.stringify([
        {
          pciAddress: completeAddress,
          ...{ utilization: {}, temperature: {}, power: {}, clocks: {}, ecc: {}, retiredPages: {}, remappedRows: {} },
          processes: [{ pid: 12, isCompute: true, isGraphics: false }],
        },
      ]),
    );
  });

  it("a GPU is read although any one of the functions fails", async () => {
    const names = Object.keys(completeGpu);
    const addressOf = (index: number): string => `0000:${index.toString(16).padStart(2, "0")}:00.0`;
    const broken = names.map((name, index) => [addressOf(index), { ...completeGpu, [name]: "!999" }] as const);
    await using standIn = await standInHost({ library, gpus: Object.fromEntries(broken) });

    const { gpus } = await readStandIn(
      standIn,
      names.map((_, index) => addressOf(index)),
    );

    const [vital, ...failed] = gpus.filter(({ failure }) => failure !== undefined);
    expect(gpus).toHaveLength(names.length);
    expect(failed).toEqual([]);
    // All GPUs have memory: one that cannot even tell that is not read.
    expect(names[gpus.findIndex(({ failure }) => failure !== undefined)]).toBe("nvmlDeviceGetMemoryInfo");
    expect(vital?.failure).toEqual({ nvmlReturn: 999, message: "Unknown Error" });
    expect(gpus.filter(({ uuid }) => uuid === completeReading.uuid)).toHaveLength(names.length - 2);
  });

  it("the newest CUDA of the driver is told where CUDA's own library is not there", async () => {
    const answers = { nvmlSystemGetCudaDriverVersion_v2: "!12", nvmlSystemGetCudaDriverVersion: 12_080 };
    await using standIn = await standInHost({ library: answers, gpus: {} });

    expect(await readStandIn(standIn)).toMatchObject({ cudaVersion: "12.8" });
  });

  it("an old driver, without most functions, gives what it has", async () => {
    await using standIn = await standInHost(
      {
        library,
        gpus: {
          [completeAddress]: {
            ...completeGpu,
            nvmlDeviceGetCurrentClocksThrottleReasons: 0x9,
            nvmlDeviceGetComputeRunningProcesses: "490,5479858176 491,1024",
            nvmlDeviceGetGraphicsRunningProcesses: "7,2048",
          },
        },
      },
      { isOld: true },
    );

    const [gpu] = (await readStandIn(standIn)).gpus;

    expect(gpu).toMatchObject({
      // Its "used" holds what is reserved, too.
      memory: { totalBytes: 85_520_809_984, usedBytes: 5_992_415_232, freeBytes: 79_528_394_752 },
      clocksEventReasons: 0x9,
      processes: [
        { pid: 7, memoryBytes: 2_048, isCompute: false, isGraphics: true },
        { pid: 490, memoryBytes: 5_479_858_176, isCompute: true, isGraphics: false },
        { pid: 491, memoryBytes: 1_024, isCompute: true, isGraphics: false },
      ],
    });
    for (const name of ["recoveryAction", "isMigEnabled", "architecture"]) expect(gpu).not.toHaveProperty(name);
    expect(gpu?.memory).not.toHaveProperty("reservedBytes");
  });

  it.each([
    { number: 9, code: "GPU_DRIVER_MISSING", advice: "modprobe nvidia" },
    { number: 12, code: "GPU_DRIVER_MISSING", advice: "libnvidia-ml.so.1" },
    { number: 18, code: "GPU_DRIVER_MISMATCH", advice: "restart the machine" },
    { number: 4, code: "GPU_PERMISSION_DENIED", advice: "as root" },
    { number: 999, code: "GPU_READ_FAILED", advice: "Unknown Error" },
  ])("a driver that answers $number to everything is $code, with what to do", async ({ number, code, advice }) => {
    await using standIn = await standInHost({ library: { nvmlInit_v2: `!${number}` }, gpus: {} });

    const { failure, gpus } = await readStandIn(standIn);

    expect(gpus).toEqual([]);
    expect(failure?.nvmlReturn).toBe(number);
    const error = driverError(failure ?? { nvmlReturn: 0, message: "" }, "read the GPUs");
    expect(error.code).toBe(code);
    expect(error.message).toContain(advice);
  });

  it.each([15, 16])(
    "a GPU that is gone (%d) is told beside those that are not, at its handle and in the midst",
    async (number) => {
      const others = ["0000:02:00.0", "0000:03:00.0"] as const;
      await using standIn = await standInHost({
        library,
        gpus: {
          [completeAddress]: { ...completeGpu, nvmlDeviceGetHandleByPciBusId_v2: `!${number}` },
          [others[0]]: { ...completeGpu, nvmlDeviceGetPowerUsage: `!${number}` },
          [others[1]]: completeGpu,
        },
      });

      const { gpus } = await readStandIn(standIn, [completeAddress, ...others]);

      const failure = { nvmlReturn: number, message: number === 15 ? "GPU is lost" : "GPU requires reset" };
      expect(gpus).toEqual([
        { pciAddress: completeAddress, failure },
        { pciAddress: others[0], failure },
        { ...completeReading, pciAddress: others[1] },
      ]);
      expect(driverError(failure, "read it")).toMatchObject({ code: "GPU_LOST" });
    },
  );

  it("of eight GPUs only those are touched that were asked for", async () => {
    const addresses = Array.from({ length: 8 }, (_, index) => `0000:0${index + 1}:00.0`);
    await using standIn = await standInHost({ gpus: Object.fromEntries(addresses.map((address) => [address, completeGpu])) });

    const all = await readStandIn(standIn, addresses);
    const some = await readStandIn(standIn, ["0000:03:00.0", "0000:07:00.0"]);

    expect(all.gpus.map(({ pciAddress }) => pciAddress)).toEqual(addresses);
    expect(some.gpus.map(({ pciAddress }) => pciAddress)).toEqual(["0000:03:00.0", "0000:07:00.0"]);
    expect(standIn.readings().slice(-4)).toEqual(["nvmlInit_v2", "gpu 0000:03:00.0", "gpu 0000:07:00.0", "nvmlShutdown"]);
  });

  it("a GPU cut into instances tells each, and adds up the memory of a process that runs in two", async () => {
    const instance = (number: number): Answers => ({
      nvmlDeviceGetUUID: `MIG-0000000${number}-aaaa-bbbb-cccc-dddddddddddd`,
      nvmlDeviceGetName: `NVIDIA H100 80GB HBM3 MIG ${number}g.10gb`,
      nvmlDeviceGetGpuInstanceId: number,
      nvmlDeviceGetComputeInstanceId: 0,
      nvmlDeviceGetMemoryInfo_v2: `10468982784 0 10000000000 ${number * 1000}`,
    });
    await using standIn = await standInHost({
      library,
      gpus: {
        [completeAddress]: {
          ...completeGpu,
          nvmlDeviceGetMigMode: "1 1",
          nvmlDeviceGetMaxMigDeviceCount: 7,
          nvmlDeviceGetUtilizationRates: "!3",
          nvmlDeviceGetComputeRunningProcesses_v3: "490,1000,1,0 490,2000,3,0",
          nvmlDeviceGetGraphicsRunningProcesses_v3: "",
        },
        [`${completeAddress}/0`]: instance(1),
        [`${completeAddress}/2`]: instance(3),
      },
    });

    const [gpu] = (await readStandIn(standIn)).gpus;

    expect(gpu).toMatchObject({
      isMigEnabled: true,
      instances: [1, 3].map((number) => ({
        uuid: `MIG-0000000${number}-aaaa-bbbb-cccc-dddddddddddd`,
        profile: `${number}g.10gb`,
        gpuInstance: number,
        computeInstance: 0,
        memoryTotalBytes: 10_468_982_784,
        memoryUsedBytes: number * 1000,
      })),
      processes: [{ pid: 490, memoryBytes: 3000, isCompute: true, isGraphics: false }],
    });
  });

  it("lists all of a thousand processes", async () => {
    const list = Array.from({ length: 1000 }, (_, index) => `${index + 1},${(index + 1) * 4096}`).join(" ");
    await using standIn = await standInHost({
      gpus: { [completeAddress]: { ...completeGpu, nvmlDeviceGetComputeRunningProcesses_v3: list } },
    });

    const [gpu] = (await readStandIn(standIn)).gpus;

    expect(gpu?.processes).toHaveLength(1000);
    expect(gpu?.processes?.at(-1)).toMatchObject({ pid: 1000, memoryBytes: 4_096_000 });
  });

  it.each([
    { where: "in a container with pids of its own", own: "NSpid:\t4711\t7\n", second: "", sees: false, processes: undefined },
    { where: "where /proc says nothing", own: "", second: "", sees: false, processes: undefined },
    {
      where: "in a container that is all its host",
      own: "NSpid:\t47\n",
      second: "2 (sh) S 1 2 0 0 -1 4194560 0",
      sees: false,
      processes: 3,
    },
  ])("who uses a GPU $where is not told as if it were complete", async ({ own, second, sees, processes }) => {
    await using standIn = await standInHost(whole);
    await writeProc(standIn.root, own, second);

    const reading = await readStandIn(standIn);
    await standIn.play({
      gpus: {
        [completeAddress]: {
          ...completeGpu,
          nvmlDeviceGetComputeRunningProcesses_v3: "",
          nvmlDeviceGetGraphicsRunningProcesses_v3: "",
        },
      },
    });
    const idle = await readStandIn(standIn);

    expect(reading.seesAllProcesses).toBe(sees);
    expect(reading.gpus[0]?.processes?.length).toBe(processes);
    expect(idle.gpus[0]).not.toHaveProperty("processes");
  });
});
