/** Answers of smartctl: JSON against jq, the list of a scan against jq; its output for people is refused. */
import { expect } from "vitest";
import { judgeAnswer } from "../../../agent/src/probes/support/smart/health-answer.ts";
import { raidMembersIn } from "../../../agent/src/probes/support/smart/raid-members.ts";
import { extractByJq } from "../../../agent/src/probes/test-support/recordings.ts";
import { type IndexEntry, indexEntries, textOf } from "../recording-index.ts";
import { type Check, checked, failedWith, type Verdict } from "../verdict.ts";

/** What jq finds in an answer. */
interface Extract {
  readonly path: string;
  readonly exit: number;
  readonly model: string | null;
  readonly serial: string | null;
  readonly temperature: number | null;
  readonly passed: boolean | null;
  readonly percentageUsed: number | null;
  readonly attributes: number;
}

const answerFilter = `{
  path: input_filename, exit: (.smartctl.exit_status // 0), model: (.model_name // .scsi_model_name // .product), serial: .serial_number,
  temperature: .temperature.current, passed: .smart_status.passed,
  percentageUsed: .nvme_smart_health_information_log.percentage_used, attributes: ([.ata_smart_attributes.table[]?] | length)
}`;
/** No reading: the arguments were not understood, or the device was not opened. */
const noReadingBits = 3;

/** smartctl --json: every number by another test (smart-recordings.test.ts), here what identifies and condemns a disk. */
export const smartctlJson: Check = (entry) => {
  const extract = extractOf(entry);
  const answer = judgeAnswer("/dev/test", { exitCode: extract?.exit ?? 2, stdout: textOf(entry), stderr: "" });
  if (answer.outcome === "failed") {
    const isBarren = extract === undefined || (extract.exit & noReadingBits) !== 0 || extract.temperature === null;
    expect(isBarren, `failed though there is something to read: ${answer.error.message}`).toBe(true);
    expect(answer.error.message).toContain("/dev/test");
    return failedWith(answer.error.code);
  }
  if (extract === undefined) throw new Error(`${entry.path}: the probe reads what is no JSON for jq`);
  if (answer.outcome !== "ok") {
    expect(extract, "no health told though there is some").toMatchObject({ percentageUsed: null, attributes: 0 });
    return checked;
  }
  const { health } = answer;
  expect(health.modelName).toBe(extract.model?.trim() ?? "");
  expect(health.serialNumber).toBe(extract.serial?.trim() ?? "");
  expect(health.smartctlExitStatus).toBe(extract.exit);
  expect(health.nvme?.percentageUsed ?? null).toBe(extract.percentageUsed);
  expect(health.ataAttributes?.length ?? 0).toBe(extract.attributes);
  return checked;
};

/** smartctl --scan --json: the members of RAID controllers; all else is known by sysfs. */
export const smartctlScan: Check = (entry) => {
  const filter = `[.devices[]? | select((.name | startswith("/dev/bus/")) and (.type | contains("megaraid"))) | {device: .name, deviceType: .type}]`;
  const [expected] = extractByJq(filter, [entry.path]);

  expect(raidMembersIn(textOf(entry))).toEqual(expected);
  return checked;
};

/** Output for people, and answers of other programs: never a reading. */
export const refusedBySmart: Check = (entry): Verdict => {
  const answer = judgeAnswer("/dev/test", { exitCode: 0, stdout: textOf(entry), stderr: "" });
  if (answer.outcome !== "failed") throw new Error(`it was taken for an answer of smartctl --json: ${answer.outcome}`);
  return failedWith(answer.error.code);
};

let extracts: ReadonlyMap<string, Extract> | undefined;

/** jq is started once for all answers. Undefined where it finds no document in a file. */
function extractOf({ path }: IndexEntry): Extract | undefined {
  const paths = (): readonly string[] => indexEntries().flatMap((each) => (each.kind === "smartctl-json" ? [each.path] : []));
  // The shape that the filter makes.
  extracts ??= new Map((extractByJq(answerFilter, paths()) as readonly Extract[]).map((extract) => [extract.path, extract]));
  return extracts.get(path);
}
