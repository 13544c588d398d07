/** What is made of smartctl's answers, one protocol and one oddity at a time. */
import { SelfTestResult } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { diskHealthOf } from "./support/smart/disk-health.ts";
import { parseExactJson } from "./support/smart/exact-json.ts";
import { healthSamples } from "./support/smart/health-samples.ts";
import { knownTroubleOf, knownTroubles } from "./support/smart/known-trouble.ts";

type Health = NonNullable<ReturnType<typeof diskHealthOf>>;

function healthOf(document: object): Health {
  const health = diskHealthOf(document);
  if (health === undefined) throw new Error("the document tells nothing");
  return health;
}

function nvme(log: object, more: object = {}): Health {
  return healthOf({
    device: { protocol: "NVMe" },
    nvme_smart_health_information_log: { critical_warning: 0, ...log },
    ...more,
  });
}

describe("feature 28: the NVMe health log", () => {
  it("keeps counters exact to their last digit", () => {
    const text =
      '{"device":{"protocol":"NVMe"},"nvme_smart_health_information_log":{"data_units_written":9007199254740993,"host_reads":9223372036854775807,"media_errors":0}}';

    expect(diskHealthOf(parseExactJson(text, "it"))?.nvme).toMatchObject({
      dataUnitsWritten: 9_007_199_254_740_993n,
      hostReadCommands: 9_223_372_036_854_775_807n,
      mediaAndDataIntegrityErrors: 0n,
    });
  });

  it("leaves out sensors and thresholds that are not there, and takes no sentinel for a temperature", () => {
    const sensors = [null, -273, 41, 65_262, 55];
    const { nvme: log, temperatureCelsius } = nvme(
      { temperature: -273, temperature_sensors: sensors },
      { temperature: { current: -273, op_limit_max: 65_262 }, nvme_composite_temperature_threshold: { critical: -273 } },
    );

    expect(log?.temperatureSensorsCelsius).toEqual([41, 55]);
    expect(temperatureCelsius).toBeUndefined();
    expect(log?.compositeTemperatureCelsius).toBeUndefined();
    expect(log?.warningCompositeTemperatureThresholdCelsius).toBeUndefined();
    expect(log?.criticalCompositeTemperatureThresholdCelsius).toBeUndefined();
  });

  it("gives data in bytes and media errors as samples", () => {
    const health = nvme({ data_units_written: 3, data_units_read: 2, media_errors: 7, percentage_used: 104 });

    const samples = Object.fromEntries(healthSamples("x", health).map(({ name, value }) => [name, value]));

    expect(samples).toMatchObject({
      written_bytes_total: 1_536_000,
      read_bytes_total: 1_024_000,
      media_errors_total: 7,
      percentage_used: 104,
    });
  });
});

describe("feature 29: critical warnings bit by bit", () => {
  it.each(Array.from({ length: 256 }, (_, value) => value))("keeps the byte %d as it is", (value) => {
    expect(nvme({ critical_warning: value }).nvme?.criticalWarning).toBe(value);
  });

  it.each([-1, 256, 1.5, "1", null, { value: 1 }])("takes %j for unknown, and never for no warning", (value) => {
    expect(nvme({ critical_warning: value }).nvme?.criticalWarning).toBeUndefined();
  });
});

describe("feature 30: the disk's own limits and times above them", () => {
  const printed = {
    smartctl: {
      output: [
        "Warning  Comp. Temp. Threshold:     82 Celsius",
        "Critical Comp. Temp. Threshold:     85 Celsius",
        "Thermal Temp. 1 Transition Count:   12",
        "Thermal Temp. 1 Total Time:         3400",
        "Thermal Temp. 2 Transition Count:   0",
        "Thermal Temp. 2 Total Time:         0",
      ],
    },
  };

  it("reads what smartctl up to 7.4 only prints", () => {
    expect(nvme({ warning_temp_time: 5, critical_comp_time: 0 }, printed).nvme).toMatchObject({
      warningCompositeTemperatureThresholdCelsius: 82,
      criticalCompositeTemperatureThresholdCelsius: 85,
      warningCompositeTemperatureTimeMinutes: 5n,
      criticalCompositeTemperatureTimeMinutes: 0n,
      thermalManagementTemperature1TransitionCount: 12n,
      thermalManagementTemperature1TotalSeconds: 3400n,
      thermalManagementTemperature2TransitionCount: 0n,
      thermalManagementTemperature2TotalSeconds: 0n,
    });
  });

  it("prefers the document to the text", () => {
    const { nvme: log } = nvme(
      { thermal_mgmt_temperature_1_transition_count: 13 },
      { ...printed, nvme_composite_temperature_threshold: { warning: 70 } },
    );

    expect(log).toMatchObject({
      warningCompositeTemperatureThresholdCelsius: 70,
      thermalManagementTemperature1TransitionCount: 13n,
    });
  });

  it.each([
    ["a dash", "Warning  Comp. Temp. Threshold:     -"],
    ["another unit", "Warning  Comp. Temp. Threshold:     82 Fahrenheit"],
    ["a sentinel", "Warning  Comp. Temp. Threshold:     65262 Celsius"],
    ["the label in the middle of a line", "x Warning  Comp. Temp. Threshold:     82 Celsius"],
    ["no text", 82],
  ])("takes %s for no threshold", (_, line) => {
    const { nvme: log } = nvme({}, { smartctl: { output: [line] } });

    expect(log?.warningCompositeTemperatureThresholdCelsius).toBeUndefined();
  });
});

describe("feature 40: results of self-tests", () => {
  it("reads those of ATA, and one that runs", () => {
    const table = [
      { type: { string: "Short offline" }, status: { value: 249, string: "Self-test routine in progress" }, lifetime_hours: 9 },
      { type: { string: "Extended offline" }, status: { value: 121, string: "Completed: read failure" }, lifetime_hours: 8 },
      { type: { string: "Vendor (0xdf)" }, status: { value: 25, string: "Aborted by host" }, lifetime_hours: 7 },
    ];
    const health = healthOf({
      device: { protocol: "ATA" },
      smart_status: { passed: true },
      ata_smart_self_test_log: { standard: { table } },
      ata_smart_data: { self_test: { status: { value: 249, remaining_percent: 90 } } },
    });

    expect(health.selfTestLog).toEqual({
      tests: [
        { type: "short", result: SelfTestResult.RUNNING, powerOnHours: 9n, text: "Self-test routine in progress" },
        { type: "extended", result: SelfTestResult.FAILED, powerOnHours: 8n, text: "Completed: read failure" },
        { type: "vendor", result: SelfTestResult.ABORTED, powerOnHours: 7n, text: "Aborted by host" },
      ],
      failedTestCount: 1,
      remainingPercent: 90,
    });
  });

  it("reads those of NVMe, and one that runs", () => {
    const table = [
      null,
      {
        self_test_code: { string: "Extended" },
        self_test_result: { value: 7, string: "Completed: failed segments" },
        power_on_hours: 5,
      },
      {
        self_test_code: { string: "Short" },
        self_test_result: { value: 2, string: "Aborted: Controller Reset" },
        power_on_hours: 4,
      },
    ];
    const { selfTestLog } = nvme(
      {},
      {
        nvme_self_test_log: {
          current_self_test_operation: { value: 1, string: "Short self-test in progress" },
          current_self_test_completion_percent: 30,
          table,
        },
      },
    );

    expect(selfTestLog).toEqual({
      tests: [
        { type: "short", result: SelfTestResult.RUNNING, text: "Short self-test in progress" },
        { type: "extended", result: SelfTestResult.FAILED, powerOnHours: 5n, text: "Completed: failed segments" },
        { type: "short", result: SelfTestResult.ABORTED, powerOnHours: 4n, text: "Aborted: Controller Reset" },
      ],
      failedTestCount: 1,
      remainingPercent: 70,
    });
  });

  it("reads those of SCSI", () => {
    const test = (code: string, value: number, string: string): object => ({
      code: { string: code },
      result: { value, string },
      power_on_time: { hours: 3 },
    });
    const health = healthOf({
      device: { protocol: "SCSI" },
      scsi_grown_defect_list: 0,
      scsi_self_test_0: test("Background long", 4, "Completed, segment failed"),
      scsi_self_test_1: test("Foreground short", 0, "Completed"),
      scsi_self_test_3: test("never reached", 0, "Completed"),
    });

    expect(health.selfTestLog).toEqual({
      tests: [
        { type: "extended", result: SelfTestResult.FAILED, powerOnHours: 3n, text: "Completed, segment failed" },
        { type: "short", result: SelfTestResult.PASSED, powerOnHours: 3n, text: "Completed" },
      ],
      failedTestCount: 1,
    });
  });

  it("says nothing where no log was read, and an empty log where there is one", () => {
    expect(nvme({}).selfTestLog).toBeUndefined();
    const log = { current_self_test_operation: { value: 0, string: "No self-test in progress" } };
    expect(nvme({}, { nvme_self_test_log: log }).selfTestLog).toEqual({ tests: [], failedTestCount: 0 });
  });
});

describe("SCSI disks", () => {
  it("are read in full, text included", () => {
    const counter = (gigabytes: string, errors: number): object => ({
      gigabytes_processed: gigabytes,
      total_uncorrected_errors: errors,
    });
    const health = healthOf({
      device: { protocol: "SCSI" },
      smartctl: { output: ["Power mode is:       ACTIVE", "Non-medium error count:    10237"] },
      temperature: { current: 30, drive_trip: 65 },
      scsi_grown_defect_list: 9,
      endurance_used: { current_percent: 4 },
      scsi_error_counter_log: { read: counter("162438.759", 1), write: counter("3,641", 2), verify: counter("1.525", 3) },
    });

    expect(health.scsi).toEqual({
      grownDefectList: 9n,
      readTotalUncorrectedErrors: 1n,
      writeTotalUncorrectedErrors: 2n,
      verifyTotalUncorrectedErrors: 3n,
      percentageUsedEnduranceIndicator: 4,
      nonMediumErrors: 10_237n,
      readBytes: 162_438_759_000_000n,
      writtenBytes: 3_641_000_000n,
      tripTemperatureCelsius: 65,
    });
    const samples = Object.fromEntries(healthSamples("x", health).map(({ name, value }) => [name, value]));
    expect(samples).toMatchObject({ media_errors_total: 3, written_bytes_total: 3_641_000_000, percentage_used: 4 });
  });

  it("say nothing of a temperature at which they switch off by saying 0", () => {
    const health = healthOf({ device: { protocol: "SCSI" }, scsi_grown_defect_list: 0, temperature: { drive_trip: 0 } });

    expect(health.scsi).toMatchObject({ grownDefectList: 0n, tripTemperatureCelsius: undefined });
  });
});

describe("feature 43: advice on models that are known for trouble", () => {
  it.each([
    ["WDC WDS500G2B0C-00PXH0", 1],
    ["WD Blue SN570 1TB", 1],
    ["WDC PC SN530 SDBPNPZ-512G-1014", 1],
    ["Samsung SSD 980 1TB", 1],
    ["Samsung SSD 980 PRO 1TB", 0],
    ["SAMSUNG MZVL2512HCJQ-00B00", 1],
    ["WD_BLACK SN850X 1000GB", 0],
    ["", 0],
  ])("knows %j: %d", (model, count) => {
    expect(knownTroubleOf(model, "1").length).toBe(count);
  });

  it("fits the wire, and names a source for every entry", () => {
    for (const { advice, source } of knownTroubles) {
      expect(Buffer.byteLength(`${advice} (${source})`)).toBeLessThanOrEqual(512);
      expect(source).toMatch(/^github\.com\/[\w-]+\/[\w-]+ issues? \d+/);
    }
  });

  it("is said with the health of the disk", () => {
    expect(nvme({}, { model_name: "Samsung SSD 980 500GB", firmware_version: "2B4QFXO7" }).knownTrouble).toEqual([
      expect.stringContaining("smartmontools issue 637"),
    ]);
  });
});
