/** The log of the tests that a disk ran on itself, of all protocols, as smartctl prints it: NVMe from 7.4 on, SCSI from 7.3 on. Pure. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type SelfTestLogSchema, SelfTestResult, type SelfTestSchema } from "@nodekeeper/proto";
import { at, countOf, elementsOf, integerOf, textOf } from "../document-values.ts";
import { maximumHours } from "./limits.ts";

type Log = MessageInitShape<typeof SelfTestLogSchema>;
type Test = MessageInitShape<typeof SelfTestSchema>;

/** As many as an ATA disk keeps. */
const maximumTests = 21;
const maximumScsiTests = 20;

/** The log; undefined where the document has none. */
export function selfTestLogOf(document: unknown): Log | undefined {
  return ataLog(document) ?? nvmeLog(document) ?? scsiLog(document);
}

function ataLog(document: unknown): Log | undefined {
  const log = at(document, "ata_smart_self_test_log", "extended") ?? at(document, "ata_smart_self_test_log", "standard");
  const running = at(document, "ata_smart_data", "self_test", "status");
  const isRunning = ataResultOf(at(running, "value")) === SelfTestResult.RUNNING;
  if (log === undefined && !isRunning) return undefined;
  const tests = elementsOf(at(log, "table")).map((row) => ({
    type: typeOf(at(row, "type", "string")),
    result: ataResultOf(at(row, "status", "value")),
    ...hoursOf(at(row, "lifetime_hours")),
    text: textOf(at(row, "status", "string")),
  }));
  return logOf(tests, isRunning ? integerOf(at(running, "remaining_percent"), 0, 100) : undefined);
}

function nvmeLog(document: unknown): Log | undefined {
  const log = at(document, "nvme_self_test_log");
  if (typeof log !== "object" || log === null) return undefined;
  const tests = elementsOf(at(log, "table")).flatMap((row) => {
    if (typeof row !== "object" || row === null) return []; // an entry that was never used
    const result = nvmeResultOf(at(row, "self_test_result", "value"));
    const text = textOf(at(row, "self_test_result", "string"));
    return [{ type: typeOf(at(row, "self_test_code", "string")), result, ...hoursOf(at(row, "power_on_hours")), text }];
  });
  const completed = integerOf(at(log, "current_self_test_completion_percent"), 0, 100);
  const operation = integerOf(at(log, "current_self_test_operation", "value"), 1, 15);
  if (operation === undefined) return logOf(tests, undefined);
  const text = textOf(at(log, "current_self_test_operation", "string"));
  const running = { type: typeOf(text), result: SelfTestResult.RUNNING, text };
  return logOf([running, ...tests], completed === undefined ? undefined : 100 - completed);
}

/** smartctl counts the keys, the newest first. */
function scsiLog(document: unknown): Log | undefined {
  const tests: Test[] = [];
  for (let number = 0; number < maximumScsiTests; number++) {
    const row = at(document, `scsi_self_test_${number}`);
    if (row === undefined) break;
    const result = scsiResultOf(at(row, "result", "value"));
    const text = textOf(at(row, "result", "string"));
    tests.push({ type: typeOf(at(row, "code", "string")), result, ...hoursOf(at(row, "power_on_time", "hours")), text });
  }
  const status = at(document, "scsi_self_test_status");
  const isRunning = at(status, "in_progress") === true;
  if (tests.length === 0 && status === undefined) return undefined;
  const completed = isRunning ? integerOf(at(status, "completion_percent"), 0, 100) : undefined;
  return logOf(tests, completed === undefined ? undefined : 100 - completed);
}

function logOf(tests: readonly Test[], remainingPercent: number | undefined): Log {
  const kept = tests.slice(0, maximumTests);
  const failedTestCount = kept.filter(({ result }) => result === SelfTestResult.FAILED).length;
  return { tests: [...kept], failedTestCount, ...(remainingPercent === undefined ? {} : { remainingPercent }) };
}

function hoursOf(value: unknown): Pick<Test, "powerOnHours"> {
  const powerOnHours = countOf(value, maximumHours);
  return powerOnHours === undefined ? {} : { powerOnHours };
}

/** One word where the disk's words hold one of the glossary's, else the disk's own. */
function typeOf(value: unknown): string {
  const text = textOf(value, 64);
  return types.find(([pattern]) => pattern.test(text))?.[1] ?? text;
}

const types: readonly (readonly [RegExp, string])[] = [
  [/short/i, "short"],
  [/extended|long/i, "extended"],
  [/conveyance/i, "conveyance"],
  [/selective/i, "selective"],
  [/vendor/i, "vendor"],
  [/default/i, "default"],
];

/** The upper half of the status byte (ATA8-ACS, self-test execution status). */
function ataResultOf(status: unknown): SelfTestResult {
  const byte = integerOf(status, 0, 255);
  return byte === undefined ? SelfTestResult.UNSPECIFIED : (ataResults[byte >> 4] ?? SelfTestResult.UNSPECIFIED);
}

const { UNSPECIFIED, PASSED, FAILED, ABORTED, RUNNING } = SelfTestResult;
/** 3 is a fatal or unknown error, 4 to 8 name what failed. */
const ataResults: readonly SelfTestResult[] = [
  ...[PASSED, ABORTED, ABORTED, FAILED, FAILED, FAILED, FAILED, FAILED, FAILED],
  ...[UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, RUNNING],
];
/** NVM Express Base Specification, Device Self-test Result. */
const nvmeResults: readonly SelfTestResult[] = [
  ...[PASSED, ABORTED, ABORTED, ABORTED, ABORTED, FAILED, FAILED, FAILED, ABORTED, ABORTED],
];
/** SPC-3, self-test results: 3 could not be completed for an unknown error. */
const scsiResults: readonly SelfTestResult[] = [
  ...[PASSED, ABORTED, ABORTED, FAILED, FAILED, FAILED, FAILED, FAILED],
  ...[UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, RUNNING],
];

function nvmeResultOf(value: unknown): SelfTestResult {
  return nvmeResults[integerOf(value, 0, 15) ?? 15] ?? UNSPECIFIED;
}

function scsiResultOf(value: unknown): SelfTestResult {
  const result = integerOf(value, 0, 15);
  return result === undefined ? UNSPECIFIED : (scsiResults[result] ?? UNSPECIFIED);
}
