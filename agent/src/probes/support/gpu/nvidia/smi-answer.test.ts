import { AppError } from "@nodekeeper/shared";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DriverGpu, DriverReading } from "../driver-reading.ts";
import { checkReading } from "./check-reading.ts";
import { driverError } from "./driver-error.ts";
import { parseSmiAnswer } from "./smi-answer.ts";

/** A document around one GPU. */
function document(inside: string, id = "00000000:01:00.0"): string {
  return `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log><driver_version>550.144</driver_version><gpu id="${id}">${inside}</gpu></nvidia_smi_log>\n`;
}

function answer(stdout: string, exitCode = 0): DriverReading {
  return parseSmiAnswer({ exitCode, stdout, stderr: "" });
}

function gpuOf(inside: string): DriverGpu | undefined {
  return answer(document(inside)).gpus[0];
}

/** The code of what is thrown. */
function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return thrown instanceof AppError ? thrown.code : "not ours";
  }
}

describe("parseSmiAnswer", () => {
  it.each([
    { id: "00000000:0A:00.0", address: "0000:0a:00.0" },
    { id: "0000:00:03.0", address: "0000:00:03.0" },
    { id: "00000001:01:00.0", address: "0001:01:00.0" },
    { id: "00010000:01:00.0", address: "10000:01:00.0" },
  ])("the address $id is $address in /sys", ({ id, address }) => {
    expect(answer(document("", id)).gpus[0]?.pciAddress).toBe(address);
  });

  it.each([
    "N/A",
    "[N/A]",
    "[Not Supported]",
    "[Function Not Found]",
    "[Unknown Error]",
    "[GPU requires reset]",
    "ERR!",
    "Requested functionality has been deprecated",
    "",
  ])("the words %j are no value, and never 0", (words) => {
    const gpu = gpuOf(
      `<fan_speed>${words}</fan_speed><serial>${words}</serial><gpu_recovery_action>${words}</gpu_recovery_action>
       <performance_state>${words}</performance_state><persistence_mode>${words}</persistence_mode>
       <utilization><gpu_util>${words}</gpu_util></utilization><fb_memory_usage><used>${words}</used></fb_memory_usage>`,
    );

    expect(gpu).toEqual({
      pciAddress: "0000:01:00.0",
      ...{ memory: {}, utilization: {}, temperature: {}, power: {}, clocks: {}, ecc: {}, retiredPages: {}, remappedRows: {} },
    });
  });

  it("the power of the GPU is not taken from that of the module, whichever comes first", () => {
    const module = "<module_power_readings><power_draw>999.00 W</power_draw></module_power_readings>";
    const own =
      "<gpu_power_readings><power_draw>N/A</power_draw><instant_power_draw>66.84 W</instant_power_draw></gpu_power_readings>";

    expect(gpuOf(module + own)?.power).toEqual({ drawWatts: 66.84 });
    expect(gpuOf(own + module)?.power).toEqual({ drawWatts: 66.84 });
  });

  it("a process that stands in several lists is one, and a list that is not told is not empty", () => {
    const entry = (pid: number, type: string, memory: string): string =>
      `<process_info><pid>${pid}</pid><type>${type}</type><process_name>a &lt;b&gt; & c</process_name><used_memory>${memory}</used_memory></process_info>`;

    expect(
      gpuOf(`<processes>${entry(7, "C", "20 MiB")}${entry(7, "G", "20 MiB")}${entry(3, "M+C", "N/A")}</processes>`)?.processes,
    ).toEqual([
      { pid: 3, isCompute: true, isGraphics: false },
      { pid: 7, memoryBytes: 20 << 20, isCompute: true, isGraphics: true },
    ]);
    expect(gpuOf("<processes></processes>")?.processes).toEqual([]);
    expect(gpuOf("<processes>N/A</processes>")).not.toHaveProperty("processes");
  });

  describe("feature 48: ECC, retired pages, row remap, recovery action", () => {
    it.each([
      {
        driver: "before Turing",
        inside: "<single_bit><total>2</total></single_bit><double_bit><total>3</total></double_bit>",
        counts: [2, 3],
      },
      {
        driver: "since Turing",
        inside:
          "<sram_correctable>1</sram_correctable><sram_uncorrectable>2</sram_uncorrectable><dram_correctable>4</dram_correctable><dram_uncorrectable>8</dram_uncorrectable>",
        counts: [5, 10],
      },
      {
        driver: "since 550",
        inside:
          "<sram_correctable>1</sram_correctable><sram_uncorrectable_parity>2</sram_uncorrectable_parity><sram_uncorrectable_secded>4</sram_uncorrectable_secded><dram_correctable>8</dram_correctable><dram_uncorrectable>16</dram_uncorrectable>",
        counts: [9, 22],
      },
      { driver: "that says none", inside: "<dram_correctable>N/A</dram_correctable>", counts: [undefined, undefined] },
    ])("errors are counted as a driver $driver tells them", ({ inside, counts }) => {
      const gpu = gpuOf(`<ecc_errors><volatile>${inside}</volatile><aggregate>${inside}</aggregate></ecc_errors>`);

      expect([gpu?.ecc?.correctedErrors, gpu?.ecc?.uncorrectedErrors]).toEqual(counts);
      expect([gpu?.ecc?.lifetimeCorrectedErrors, gpu?.ecc?.lifetimeUncorrectedErrors]).toEqual(counts);
    });

    it.each([
      { words: "None", action: "none" },
      { words: "Reset", action: "gpu-reset" },
      { words: "Reboot", action: "node-reboot" },
      { words: "Drain P2P", action: "drain-p2p" },
      { words: "Drain and Reset", action: "drain-and-reset" },
    ])("$words is $action", ({ words, action }) => {
      expect(gpuOf(`<gpu_recovery_action>${words}</gpu_recovery_action>`)?.recoveryAction).toBe(action);
    });
  });

  it.each([
    {
      exitCode: 9,
      stdout: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
      code: "GPU_DRIVER_MISSING",
    },
    { exitCode: 12, stdout: "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.\n", code: "GPU_DRIVER_MISSING" },
    {
      exitCode: 18,
      stdout: "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.144\n",
      code: "GPU_DRIVER_MISMATCH",
    },
    { exitCode: 4, stdout: "Failed to initialize NVML: Insufficient Permissions\n", code: "GPU_PERMISSION_DENIED" },
    { exitCode: 17, stdout: "Failed to initialize NVML: The operating system blocked it\n", code: "GPU_PERMISSION_DENIED" },
    { exitCode: 255, stdout: "Failed to initialize NVML: Unknown Error\n", code: "GPU_READ_FAILED" },
  ])("exit code $exitCode is $code, in the driver's words and with what to do", ({ exitCode, stdout, code }) => {
    const { failure, gpus } = answer(stdout, exitCode);

    expect(gpus).toEqual([]);
    const error = driverError(failure ?? { nvmlReturn: 0, message: "" }, "read the GPUs");
    expect(error.code).toBe(code);
    expect(error.message).toContain(stdout.split("\n")[0]);
  });

  it("no GPU at all is an answer, and an answer without words or document is none", () => {
    expect(answer("No devices were found\n", 6)).toEqual({ source: "nvidia-smi", gpus: [] });
    expect(codeOf(() => answer(""))).toBe("HOST_ANSWER_MALFORMED");
  });

  it.each(["GPU0: 0000:02:00.0", "GPU 0000:02:00.0", "GPU1: 00000000:02:00.0"])(
    "the GPU that is lost (%s) is told beside the one that is not",
    (name) => {
      const words = `Unable to determine the device handle for ${name}: GPU is lost.  Reboot the system to recover this GPU\n`;
      const lost = { pciAddress: "0000:02:00.0", failure: { nvmlReturn: 15, message: expect.stringContaining("GPU is lost") } };

      expect(answer(words, 15).gpus).toEqual([lost]);
      expect(answer(words + document("<uuid>GPU-1</uuid>"), 15).gpus).toEqual([expect.objectContaining({ uuid: "GPU-1" }), lost]);
    },
  );

  it.each([
    { what: "cut", text: document("<uuid>GPU-1</uuid>").slice(0, -30) },
    { what: "of another program", text: '<?xml version="1.0"?><html></html>' },
    { what: "with a GPU without an address", text: document("", "first") },
    { what: "closed wrongly", text: document("<a><b></a></b>") },
    { what: "without end in depth", text: document("<a>".repeat(100)) },
  ])("a document $what is refused", ({ text }) => {
    expect(codeOf(() => answer(text))).toBe("HOST_ANSWER_MALFORMED");
  });

  it("whatever is printed comes to a reading or to one of our errors", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "<gpu id=",
        "<gpu>",
        "</gpu>",
        "<processes>",
        "</a",
        "<!--",
        "-->",
        "&lt;",
        "<![CDATA[",
        "]]>",
        '"',
        ">",
        "<",
      ),
      fc.constantFrom("<?xml", "<nvidia_smi_log>", "</nvidia_smi_log>", "<pid>9</pid>", "device handle for GPU 0:1:2.0: x"),
      fc.string({ unit: "binary", maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 0, max: 255 }), (pieces, exitCode) => {
        expect([undefined, "HOST_ANSWER_MALFORMED"]).toContain(codeOf(() => answer(pieces.join(""), exitCode)));
      }),
      { numRuns: 500 },
    );
  });
});

describe("checkReading", () => {
  it("a failure that is damaged stays a failure", () => {
    const reading = checkReading({
      source: "nvml",
      gpus: [{ pciAddress: "0000:01:00.0", failure: "?", uuid: "GPU-1" }],
      failure: [],
    });

    expect(reading?.failure).toEqual({ nvmlReturn: 999, message: "" });
    expect(reading?.gpus[0]?.failure).toEqual({ nvmlReturn: 999, message: "" });
  });

  it("a list that hides something is not told, and what no GPU can have is left out", () => {
    const processes = [{ pid: 1, isCompute: true, isGraphics: false }, { pid: -1 }];
    const temperature = { gpuCelsius: 1e9, memoryCelsius: "44", slowdownCelsius: 89 };
    const raw = { source: "nvml", gpus: [{ pciAddress: "0000:01:00.0", processes, temperature, uuid: "\u001b[2J", name: 1 }] };

    expect(checkReading(raw)?.gpus).toEqual([
      { pciAddress: "0000:01:00.0", temperature: { slowdownCelsius: 89 }, uuid: "\\033[2J" },
    ]);
  });

  it("any JSON comes to a reading that comes to itself again, or to none", () => {
    const gpu = fc.record({
      pciAddress: fc.constantFrom("0000:01:00.0", "x"),
      memory: fc.jsonValue(),
      processes: fc.jsonValue(),
      uuid: fc.string(),
    });
    const raw = fc.oneof(
      fc.jsonValue(),
      fc.record({
        source: fc.constantFrom("nvml", "nvidia-smi", "other"),
        gpus: fc.oneof(fc.array(gpu), fc.jsonValue()),
        failure: fc.jsonValue(),
      }),
    );
    fc.assert(
      fc.property(raw, (value) => {
        const reading = checkReading(value);
        if (reading !== undefined) expect(checkReading(JSON.parse(JSON.stringify(reading)))).toEqual(reading);
      }),
      { numRuns: 500 },
    );
  });
});
