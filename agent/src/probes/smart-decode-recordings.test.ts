/** What is decoded out of recorded answers: attributes of ATA disks, self-tests, and values that stand only in smartctl's text. */
import { SelfTestResult } from "@nodekeeper/proto";
import { afterAll, describe, expect, it } from "vitest";
import { diskHealthOf } from "./support/smart/disk-health.ts";
import { parseExactJson } from "./support/smart/exact-json.ts";
import { healthSamples } from "./support/smart/health-samples.ts";
import { extractByJq, missingForRecordings, recordings } from "./test-support/recordings.ts";

/** What jq finds in a document, by rules that are written down a second time. */
interface Extract {
  readonly path: string;
  readonly ata: Readonly<Record<string, number | null>> | null;
  readonly units: readonly (number | null)[];
  readonly tests: readonly { readonly text: string; readonly hours: number | null }[] | null;
  readonly failed: number;
  readonly left: number | null;
}

const filter = `
def row($id; $names): first(.ata_smart_attributes.table[]? | select(.id == $id and (.name | test($names)))) // null;
def plain: if . == null then null
  elif (.raw.string | test("^[0-9]{1,5} [(]")) then (.raw.string | split(" ")[0] | tonumber)
  elif .raw.value < 4294967296 and (.raw.string | test("^[0-9]*$")) then .raw.value else null end;
def word($n): if . == null then null else (.raw.value / pow(65536; $n) | floor) % 65536 end;
def stat($page; $offset): first(.ata_device_statistics.pages[]? | select(.number == $page) | .table[] | select(.offset == $offset and .flags.valid) | .value) // null;
def seagate: ((.model_family // "" | test("^Seagate")) or (.model_name // "" | test("^ST[0-9]{3,}[A-Z]"))) and .rotation_rate != 0;
def unit: if . == null then null elif (.name | test("32MiB$")) then .raw.value * 33554432 elif (.name | test("GiB$")) then .raw.value * 1073741824 else .raw.value * 512 end;
def lbas: (.rotation_rate // 0) > 0 or (.model_family // "" | test("^Samsung")) or (.model_family == null and (.model_name // "" | test("^SAMSUNG MZ")));
{
  path: input_filename,
  ata: (if .device.protocol != "ATA" then null else {
    reallocatedSectorCount: (row(5; "^Realloc|^Retired") | plain),
    reallocationEventCount: (row(196; "^Reallocated_Event") | plain),
    pendingSectorCount: (row(197; "Pending") | plain),
    offlineUncorrectableSectorCount: (row(198; "Uncorrectab") | plain),
    reportedUncorrectableErrors: ((row(187; "Uncorrect") | plain) // stat(4; 8)),
    commandTimeoutCount: (if seagate then (row(188; "Timeout") | word(0)) else (row(188; "Timeout") | plain) end),
    commandTimeoutOver5SecondsCount: (if seagate then (row(188; "Timeout") | word(1)) else null end),
    commandTimeoutOver75SecondsCount: (if seagate then (row(188; "Timeout") | word(2)) else null end),
    readErrors: (if seagate then (row(1; "^Raw_Read") | word(2)) else null end),
    seekErrors: (if seagate then (row(7; "^Seek_Error") | word(2)) else null end),
    spinRetryCount: (row(10; "^Spin") | plain),
    endToEndErrors: (row(184; "^End-to-End") | plain),
    interfaceCrcErrors: ((row(199; "CRC") | plain) // stat(6; 24)),
    percentageUsed: (stat(7; 8)
      // (if (.model_family // .model_name // "" | test("^Samsung|^SAMSUNG MZ")) then (row(177; "Wear") | if . then 100 - .value else null end) else null end)
      // (if "\\(.model_family) \\(.model_name)" | test("Intel|INTEL SSDSC") then (row(233; "^Media_Wear") | if . then 100 - .value else null end) else null end)
      // (row(202; "^Percent_Lifetime_Remain$") | if . then .raw.value else null end)
      // (if (.model_family // "" | test("^Phison")) then (row(231; "Life") | if . then 100 - .raw.value else null end) else null end)
      // (if (.model_family // "" | test("^SandForce")) then (row(231; "Life") | if . then 100 - .value else null end) else null end)
      // (row(245; "^Percent_Life_Remaining$") | if . then 100 - .raw.value else null end)),
    writtenBytes: ((stat(1; 24) | if . then . * 512 else null end)
      // (if lbas then (row(241; "^Total_LBAs") | unit) else null end) // (row(241; "^(Host|Lifetime)_Writes_(32MiB|GiB)") | unit)
      // (row(246; "^Total_LBAs") | unit) // (row(225; "^Host_Writes_32MiB$") | unit)),
    readBytes: ((stat(1; 40) | if . then . * 512 else null end)
      // (if lbas then (row(242; "^Total_LBAs") | unit) else null end) // (row(242; "^(Host|Lifetime)_Reads_(32MiB|GiB)") | unit))
  } end),
  units: [.nvme_smart_health_information_log | .data_units_written, .data_units_read, .media_errors],
  tests: ((.ata_smart_self_test_log | (.extended // .standard) | if . == null then null else [.table[]? | {text: .status.string, hours: .lifetime_hours}] end)
    // (.nvme_self_test_log | if . == null then null else [.table[]? | {text: .self_test_result.string, hours: .power_on_hours}] end)
    // ([to_entries[] | select(.key | test("^scsi_self_test_[0-9]+$")) | .value | {text: .result.string, hours: .power_on_time.hours}] | if length == 0 then null else . end)
    // (if (.ata_smart_data.self_test.status.value // 0) >= 240 then [] else null end)),
  failed: [.ata_smart_self_test_log | (.extended // .standard) | .table[]? | select(.status.passed == false)] | length,
  left: (.ata_smart_data.self_test.status | if (.value // 0) >= 240 then .remaining_percent else null end)
}`;

const missing = missingForRecordings("jq");
const all = missing === undefined ? recordings("smart", ".json") : [];
const extracts =
  missing === undefined
    ? (extractByJq(
        filter,
        all.map(({ path }) => path),
      ) as readonly Extract[])
    : []; // the filter's own shape
const extractOf = new Map(extracts.map((extract) => [extract.path, extract]));
const counts = { ata: 0, fields: 0, wear: 0, traffic: 0, packed: 0, tests: 0, nvme: 0, texts: 0, values: 0 };
const title = missing === undefined ? "" : ` (skipped: ${missing})`;

afterAll(() => {
  if (missing !== undefined) return;
  process.stdout.write(
    `decoded: ${counts.ata} ATA disks with ${counts.fields} values (wear ${counts.wear}, traffic ${counts.traffic}, packed by Seagate ${counts.packed}), ` +
      `${counts.tests} self-tests, ${counts.nvme} NVMe samples, ${counts.texts} texts with ${counts.values} values that are only printed\n`,
  );
});

describe.skipIf(missing !== undefined)(
  `feature 34: vendors' raw values taken apart, and feature 40: results of self-tests${title}`,
  () => {
    it.each(all)("$name", ({ path, text }) => {
      const extract = extractOf.get(path);
      const health = isJson(text) ? diskHealthOf(parseExactJson(text, path)) : undefined;
      if (health === undefined || extract === undefined) return;

      const ata = Object.fromEntries(Object.entries(health.ata ?? {}).map(([name, value]) => [name, Number(value)]));
      expect(ata).toEqual(withoutNulls(extract.ata ?? {}));
      expectTests(health, extract);
      const samples = new Map(healthSamples("x", health).map(({ name, value }) => [name, value]));
      const [written = null, read = null, media = null] = extract.units;
      if (written !== null) {
        counts.nvme++;
        expect(samples.get("written_bytes_total")).toBe(written * 512_000);
        expect(samples.get("read_bytes_total") ?? null).toBe(read === null ? null : read * 512_000);
        expect(samples.get("media_errors_total") ?? null).toBe(media);
      }
      if (health.ata !== undefined) counts.ata++;
      counts.fields += Object.keys(ata).length;
      counts.wear += "percentageUsed" in ata ? 1 : 0;
      counts.traffic += "writtenBytes" in ata ? 1 : 0;
      counts.packed += "readErrors" in ata ? 1 : 0;
    });

    it.each<{ name: string; disk: RegExp; ata: Readonly<Record<string, bigint | number>> }>([
      {
        name: "an 860 EVO's wear as its device statistics say it",
        disk: /smart-ata-full\.json$/,
        ata: { percentageUsed: 19, writtenBytes: 64_777_770_148n * 512n },
      },
      {
        name: "a KIOXIA's traffic by its device statistics, though the attribute's name says GiB and means 32 MiB",
        disk: /kioxia_ssd\.json$/,
        ata: { percentageUsed: 0, writtenBytes: 68_639_244_990n * 512n },
      },
      {
        name: "all three words of a Seagate's command timeouts",
        disk: /ST3000NM0033-9ZM178-sdc\.json$/,
        ata: { commandTimeoutCount: 4n, commandTimeoutOver5SecondsCount: 4n, commandTimeoutOver75SecondsCount: 4n },
      },
      {
        name: "the count of reallocations, and not what is packed above it",
        disk: /scrutiny__smart-sat\.json$/,
        ata: { reallocationEventCount: 2111n },
      },
      { name: "the errors among a Seagate's seeks", disk: /ST3500418AS_12\.json$/, ata: { seekErrors: 2_988n } },
      { name: "the wear of an Intel by its normalised value", disk: /SSDSC2BB240G4-sde\.json$/, ata: { percentageUsed: 78 } },
      {
        name: "a thousand bad sectors of a disk that says PASSED",
        disk: /HGST_HUS726060ALA640\.json$/,
        ata: {
          reallocatedSectorCount: 1040n,
          pendingSectorCount: 878n,
          offlineUncorrectableSectorCount: 1272n,
        },
      },
    ])("say $name", ({ disk, ata }) => {
      const recording = all.find(({ name }) => disk.test(name));

      expect(diskHealthOf(parseExactJson(recording?.text ?? "", "it"))?.ata).toMatchObject(ata);
    });
  },
);

describe.skipIf(missing !== undefined)(
  `feature 30: WCTEMP, CCTEMP and times above them, also where smartctl only prints them${title}`,
  () => {
    const labels: readonly (readonly [field: string, pattern: RegExp])[] = [
      ["warningCompositeTemperatureThresholdCelsius", /^Warning {2}Comp\. Temp\. Threshold: +(\d+) Celsius$/m],
      ["criticalCompositeTemperatureThresholdCelsius", /^Critical Comp\. Temp\. Threshold: +(\d+) Celsius$/m],
      ["thermalManagementTemperature1TransitionCount", /^Thermal Temp\. 1 Transition Count: +(\d+)$/m],
      ["thermalManagementTemperature2TransitionCount", /^Thermal Temp\. 2 Transition Count: +(\d+)$/m],
      ["thermalManagementTemperature1TotalSeconds", /^Thermal Temp\. 1 Total Time: +(\d+)$/m],
      ["thermalManagementTemperature2TotalSeconds", /^Thermal Temp\. 2 Total Time: +(\d+)$/m],
      ["nonMediumErrors", /^Non-medium error count: +(\d+)$/m],
    ];

    it.each(recordings("smart-text", ".txt"))("give what only the text says: $name", ({ text: printed }) => {
      const text = printed.replaceAll("\r", "");
      const output = text.split("\n");
      const protocol = text.includes("Non-medium") ? "SCSI" : "NVMe";
      const document = { device: { protocol }, smartctl: { output }, nvme_smart_health_information_log: { critical_warning: 0 } };

      const { nvme, scsi } = diskHealthOf(document) ?? {};

      const found = Object.entries({ ...nvme, ...scsi }).filter(
        ([name, value]) => value !== undefined && labels.some(([label]) => label === name),
      );
      const expected = labels.flatMap(([label, pattern]) => {
        const value = pattern.exec(text)?.[1];
        return value === undefined ? [] : [[label, Number(value)]];
      });
      expect(Object.fromEntries(found.map(([name, value]) => [name, Number(value)]))).toEqual(Object.fromEntries(expected));
      counts.texts++;
      counts.values += expected.length;
    });
  },
);

function expectTests(health: NonNullable<ReturnType<typeof diskHealthOf>>, extract: Extract): void {
  const log = health.selfTestLog;
  if (extract.tests === null) {
    expect(log).toBeUndefined();
    return;
  }
  const tests = (log?.tests ?? []).map(({ text, powerOnHours }) => ({
    text,
    hours: powerOnHours === undefined ? null : Number(powerOnHours),
  }));
  expect(tests).toEqual(extract.tests.slice(0, 21));
  expect(log?.failedTestCount).toBe(extract.failed);
  expect(log?.remainingPercent ?? null).toBe(extract.left);
  expect((log?.tests ?? []).filter(({ result }) => result === SelfTestResult.FAILED).length).toBe(extract.failed);
  counts.tests += tests.length;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function withoutNulls(values: Readonly<Record<string, number | null>>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
