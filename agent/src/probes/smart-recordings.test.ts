/** Answers of smartctl that were recorded on real disks, held against what jq and the bare text say of them. */
import { HealthStatus } from "@nodekeeper/proto";
import { afterAll, describe, expect, it } from "vitest";
import { type HealthAnswer, judgeAnswer } from "./support/smart/health-answer.ts";
import { extractByJq, missingForRecordings, type Recording, recordings } from "./test-support/recordings.ts";

/** What jq finds in a document. */
interface Extract {
  readonly path: string;
  readonly exit: number;
  readonly protocol: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly firmware: string | null;
  readonly temperature: number | null;
  readonly environment: number | null;
  readonly hours: number | null;
  readonly cycles: number | null;
  readonly passed: boolean | null;
  readonly support: boolean | null;
  readonly vendor: string | null;
  readonly messages: readonly string[];
  readonly nvme: Readonly<Record<string, number | readonly (number | null)[]>> | null;
  readonly thresholds: readonly (number | null)[];
  readonly attributes: readonly ExtractedAttribute[];
  readonly scsi: Readonly<Record<string, number | null>> | null;
  readonly form: string | null;
  readonly rpm: number | null;
  readonly family: string | null;
}

interface ExtractedAttribute {
  readonly id: number;
  readonly name: string;
  readonly value: number;
  readonly worst: number;
  readonly thresh: number | null;
  readonly when_failed: string | null;
  readonly string: string;
  readonly prefailure: boolean | null;
}

const filter = `{
  path: input_filename, exit: (.smartctl.exit_status // 0), protocol: .device.protocol,
  model: (.model_name // .scsi_model_name // .product), serial: .serial_number,
  firmware: (.firmware_version // .scsi_revision // .revision),
  temperature: .temperature.current, environment: .scsi_environmental_reports.temperature_1.current,
  hours: .power_on_time.hours, cycles: .power_cycle_count, passed: .smart_status.passed,
  support: (.smart_support | if type == "object" then .available else . end), vendor: (.scsi_vendor // .vendor),
  messages: [.smartctl.messages[]?.string], nvme: .nvme_smart_health_information_log,
  thresholds: [
    (.nvme_composite_temperature_threshold.warning // .temperature.op_limit_max),
    (.nvme_composite_temperature_threshold.critical // .temperature.critical_limit_max)
  ],
  attributes: [.ata_smart_attributes.table[]? | {id, name, value, worst, thresh, when_failed, string: .raw.string, prefailure: .flags.prefailure}],
  scsi: (if .device.protocol != "SCSI" then null else {
    grownDefectList: .scsi_grown_defect_list,
    readTotalUncorrectedErrors: .scsi_error_counter_log.read.total_uncorrected_errors,
    writeTotalUncorrectedErrors: .scsi_error_counter_log.write.total_uncorrected_errors,
    verifyTotalUncorrectedErrors: .scsi_error_counter_log.verify.total_uncorrected_errors,
    percentageUsedEnduranceIndicator: (.scsi_percentage_used_endurance_indicator // .endurance_used.current_percent),
    readBytes: (.scsi_error_counter_log.read.gigabytes_processed | if . then gsub("[.,]"; "") | tonumber * 1000000 else null end),
    writtenBytes: (.scsi_error_counter_log.write.gigabytes_processed | if . then gsub("[.,]"; "") | tonumber * 1000000 else null end),
    tripTemperatureCelsius: ((.temperature.drive_trip // .scsi_temperature.drive_trip) | if . == 0 then null else . end)
  } end),
  form: .form_factor.name, rpm: .rotation_rate, family: .model_family
}`;

const missing = missingForRecordings("jq");
const all = missing === undefined ? recordings("smart", ".json") : [];
const extracts =
  missing === undefined
    ? (extractByJq(
        filter,
        all.map(({ path }) => path),
      ) as readonly Extract[])
    : [];
const extractOf = new Map(extracts.map((extract) => [extract.path, extract]));
const counts = { ok: 0, absent: 0, failed: 0, asleep: 0, attributes: 0 };

describe.skipIf(missing !== undefined)(`answers of smartctl${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  afterAll(() => {
    process.stdout.write(
      `smartctl recordings: ${all.length}, of which read ${counts.ok} (with ${counts.attributes} attributes), without health ${counts.absent}, clearly failed ${counts.failed}\n`,
    );
  });

  it("are there in number", () => {
    expect(all.length).toBeGreaterThan(150);
  });

  it.each(all)("$name", (recording) => {
    const extract = extractOf.get(recording.path);

    const answer = judge(recording, extract);
    counts[answer.outcome]++;

    expect(answer.outcome).toBe(expectedOutcome(extract));
    if (answer.outcome === "failed") {
      expect(answer.error.code).toMatch(/^HOST_/);
      expect(answer.error.message).toContain("/dev/test");
      for (const message of extract?.messages ?? []) expect(answer.error.message).toContain(message.slice(0, 200));
    }
    if (answer.outcome === "ok" && extract !== undefined) expectHealth(answer.health, extract, recording);
  });
});

function judge(recording: Recording, extract: Extract | undefined): HealthAnswer {
  return judgeAnswer("/dev/test", { exitCode: extract?.exit ?? 2, stdout: recording.text, stderr: "" });
}

function expectedOutcome(extract: Extract | undefined): HealthAnswer["outcome"] {
  if (extract === undefined || (extract.exit & 3) !== 0) return "failed";
  if (extract.support === false || extract.vendor === "IET") return "absent";
  const { passed, hours, cycles, nvme, scsi, temperature } = extract;
  const told = [passed, hours, cycles, nvme, ...Object.values(scsi ?? {}), temperature || null];
  return told.some((value) => value !== null) || extract.attributes.length > 0 ? "ok" : "failed";
}

function expectHealth(health: (HealthAnswer & { outcome: "ok" })["health"], extract: Extract, recording: Recording): void {
  const temperature = extract.protocol === "NVMe" ? extract.temperature : extract.temperature || extract.environment || null;
  expect(health).toMatchObject({
    device: "/dev/test",
    protocol: extract.protocol ?? "",
    modelName: extract.model?.trim() ?? "",
    serialNumber: extract.serial?.trim() ?? "",
    firmwareVersion: extract.firmware?.trim() ?? "",
    status: extract.passed === null ? HealthStatus.UNSPECIFIED : extract.passed ? HealthStatus.PASSED : HealthStatus.FAILED,
    smartctlExitStatus: extract.exit,
    messages: extract.messages,
    formFactor: extract.form ?? "",
    modelFamily: extract.family ?? "",
  });
  expect(health.rotationRateRpm ?? null).toBe(extract.rpm);
  expect(health.temperatureCelsius ?? null).toBe(temperature);
  expect(health.powerOnHours ?? null).toBe(bigintOf(extract.hours ?? numberIn(extract.nvme, "power_on_hours")));
  expect(health.powerCycles ?? null).toBe(bigintOf(extract.cycles ?? numberIn(extract.nvme, "power_cycles")));
  if (extract.nvme === null) expect(health.nvme).toBeUndefined();
  else expectNvme(health.nvme, extract.nvme, extract.thresholds);
  expectScsi(health.scsi, extract.scsi);
  expectAttributes(health.ataAttributes ?? [], extract.attributes, recording);
}

function expectNvme(
  nvme: (HealthAnswer & { outcome: "ok" })["health"]["nvme"],
  log: NonNullable<Extract["nvme"]>,
  [warning, critical]: Extract["thresholds"],
): void {
  const count = (name: string): bigint | null => bigintOf(numberIn(log, name));
  expect(withoutNulls({ ...nvme })).toEqual(
    withoutNulls({
      criticalWarning: log["critical_warning"],
      compositeTemperatureCelsius: log["temperature"],
      availableSparePercent: log["available_spare"],
      availableSpareThresholdPercent: log["available_spare_threshold"],
      percentageUsed: log["percentage_used"],
      dataUnitsRead: count("data_units_read"),
      dataUnitsWritten: count("data_units_written"),
      hostReadCommands: count("host_reads"),
      hostWriteCommands: count("host_writes"),
      controllerBusyTimeMinutes: count("controller_busy_time"),
      powerCycles: count("power_cycles"),
      powerOnHours: count("power_on_hours"),
      unsafeShutdowns: count("unsafe_shutdowns"),
      mediaAndDataIntegrityErrors: count("media_errors"),
      errorInformationLogEntries: count("num_err_log_entries"),
      warningCompositeTemperatureTimeMinutes: count("warning_temp_time"),
      criticalCompositeTemperatureTimeMinutes: count("critical_comp_time"),
      temperatureSensorsCelsius: sensorsIn(log),
      warningCompositeTemperatureThresholdCelsius: warning,
      criticalCompositeTemperatureThresholdCelsius: critical,
    }),
  );
}

function sensorsIn(log: NonNullable<Extract["nvme"]>): readonly (number | null)[] {
  const sensors = log["temperature_sensors"];
  return Array.isArray(sensors) ? sensors.filter((sensor) => sensor !== null) : [];
}

function expectScsi(scsi: (HealthAnswer & { outcome: "ok" })["health"]["scsi"], values: Extract["scsi"]): void {
  const isSmall = ["percentageUsedEnduranceIndicator", "tripTemperatureCelsius"];
  const expected = Object.entries(values ?? {}).map(([name, value]) => [name, isSmall.includes(name) ? value : bigintOf(value)]);
  expect(withoutNulls({ ...scsi })).toEqual(withoutNulls(Object.fromEntries(expected)));
}

function expectAttributes(attributes: readonly object[], rows: readonly ExtractedAttribute[], { text }: Recording): void {
  // jq rounds numbers beyond 2^53, so raw values are taken from the text as it stands.
  const rawValues = [...text.matchAll(/"raw"\s*:\s*\{[^}]*"value"\s*:\s*(\d+)/g)].map((match) => BigInt(match[1] ?? ""));
  const normalized = (value: number): number | null => (value >= 1 && value <= 253 ? value : null);
  const expected = rows.map((row, index) =>
    withoutNulls({
      id: row.id,
      name: row.name.trim(),
      normalizedValue: normalized(row.value),
      worstValue: normalized(row.worst),
      threshold: row.thresh,
      whenFailed: row.when_failed ?? "",
      rawValue: rawValues[index],
      rawText: row.string.trim(),
      isPrefailure: row.prefailure,
    }),
  );
  expect(attributes).toEqual(expected);
  counts.attributes += attributes.length;
}

function numberIn(log: Extract["nvme"], name: string): number | null {
  const value = log?.[name];
  return typeof value === "number" ? value : null;
}

function bigintOf(value: number | null): bigint | null {
  return value === null ? null : BigInt(value);
}

function withoutNulls(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));
}
