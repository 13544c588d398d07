/** Answers that no disk ever gave: recorded ones with something changed, cut or put in. Whatever comes, nothing is thrown and no range is left. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type HealthAnswer, judgeAnswer } from "./support/smart/health-answer.ts";
import { healthSamples } from "./support/smart/health-samples.ts";
import { raidMembersIn } from "./support/smart/raid-members.ts";
import { missingForRecordings, recordings } from "./test-support/recordings.ts";

type Health = (HealthAnswer & { outcome: "ok" })["health"];

const missing = missingForRecordings();
const texts = missing === undefined ? recordings("smart", ".json").map(({ text }) => text) : [];
const seen = { ok: 0, absent: 0, failed: 0, asleep: 0 };

describe.skipIf(missing !== undefined)(
  `changed answers of smartctl${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    afterAll(() => {
      process.stdout.write(
        `changed answers: ${seen.ok} read, ${seen.absent} without health, ${seen.asleep} asleep, ${seen.failed} clearly failed\n`,
      );
    });

    it("are judged without throwing and within every range: one number replaced", () => {
      const number = fc.oneof(
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 130n }).map(String),
        fc.double().map((value) => JSON.stringify(value)),
        fc.constantFrom(
          "-1",
          "0",
          "255",
          "256",
          "65262",
          "18446744073709551615",
          "9007199254740993",
          "1e400",
          "null",
          '"7"',
          "[]",
          "{}",
          "true",
        ),
      );
      check(fc.tuple(fc.constantFrom(...texts), fc.nat(), number), ([text, at, value]) => replaceNumber(text, at, value));
    });

    it("are judged without throwing and within every range: texts replaced", () => {
      const value = fc.oneof(
        fc.string({ unit: "binary", maxLength: 2_000 }).map((text) => JSON.stringify(text)),
        fc.json(),
      );
      check(fc.tuple(fc.constantFrom(...texts), fc.nat(), value), ([text, at, replacement]) =>
        replaceText(text, at, replacement),
      );
    });

    it("are judged without throwing and within every range: cut off, or with bytes put in", () => {
      const garbage = fc.string({ unit: "binary", maxLength: 20 });
      check(fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.nat({ max: 200 }), garbage), ([text, at, length, put]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + length);
      });
    });
  },
);

describe.skipIf(missing !== undefined)(
  `answers to other questions${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    const others = [
      ...recordings("smart-scan", ".json"),
      ...recordings("smart-text", ".txt"),
      ...recordings("nvme-cli", ".json"),
    ];

    it.each(others)("fail clearly: $name", ({ text }) => {
      const answer = judgeAnswer("/dev/test", { exitCode: 0, stdout: text, stderr: "" });

      expect(answer).toMatchObject({
        outcome: "failed",
        error: { code: "HOST_ANSWER_MALFORMED", message: expect.stringContaining("/dev/test") },
      });
    });
  },
);

describe.skipIf(missing !== undefined)(`lists of devices${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  const members: Readonly<Record<string, number>> = { "nasty-nas__scan_open_megaraid.json": 3 };

  it.each(recordings("smart-scan", ".json"))("give the disks behind controllers, and nothing else: $name", ({ name, text }) => {
    expect(raidMembersIn(text).length).toBe(members[name] ?? 0);
  });

  it("give nothing that is not in the form of a member, whatever is changed in them", () => {
    const lists = recordings("smart-scan", ".json").map(({ text }) => text);
    fc.assert(
      fc.property(fc.constantFrom(...lists), fc.nat(), fc.json(), (text, at, value) => {
        for (const { device, deviceType } of parsedMembers(replaceText(text, at, value))) {
          expect(`${device} ${deviceType}`).toMatch(/^\/dev\/bus\/\d{1,3} (?:sat\+)?megaraid,\d{1,3}$/);
        }
      }),
    );
  });
});

function parsedMembers(text: string): ReturnType<typeof raidMembersIn> {
  try {
    return raidMembersIn(text);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: "HOST_ANSWER_MALFORMED" });
    return [];
  }
}

describe("answers of any size", () => {
  it("are read in bounded time, however many rows they have", () => {
    const row = (id: number): object => ({
      id: (id % 255) + 1,
      name: "Command_Timeout",
      value: 1,
      raw: { value: id, string: `${id}` },
    });
    const document = {
      device: { protocol: "ATA" },
      smartctl: { output: Array.from({ length: 20_000 }, (_, line) => `Warning  Comp. Temp. Threshol${line}`) },
      nvme_smart_health_information_log: {},
      ata_smart_attributes: { table: Array.from({ length: 5_000 }, (_, index) => row(index)) },
      ata_smart_self_test_log: { standard: { table: Array.from({ length: 5_000 }, () => ({ status: { value: 0 } })) } },
    };
    const stdout = JSON.stringify(document);
    const startedAtMs = performance.now();

    const answer = judgeAnswer("/dev/test", { exitCode: 0, stdout, stderr: "" });

    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    expect(answer.outcome === "ok" ? outOfRange(answer.health) : answer).toEqual([]);
  });
});

function check<Input>(inputs: fc.Arbitrary<Input>, make: (input: Input) => string): void {
  fc.assert(
    fc.property(inputs, fc.nat({ max: 255 }), (input, exitCode) => {
      // Half of the runs end well, as most do.
      const answer = judgeAnswer("/dev/test", { exitCode: exitCode < 128 ? 0 : exitCode, stdout: make(input), stderr: "" });
      seen[answer.outcome]++;
      if (answer.outcome === "failed") expect(answer.error.name).toBe("AppError");
      if (answer.outcome === "ok") expect(outOfRange(answer.health)).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
}

function replaceNumber(text: string, at: number, value: string): string {
  const numbers = [...text.matchAll(/(?<=[:[,]\s*)-?\d+(?:\.\d+)?(?=\s*[,}\]])/g)];
  const chosen = numbers[at % Math.max(1, numbers.length)];
  return chosen === undefined ? text : text.slice(0, chosen.index) + value + text.slice(chosen.index + chosen[0].length);
}

function replaceText(text: string, at: number, value: string): string {
  const strings = [...text.matchAll(/(?<=:\s*)"[^"\\]*"/g)];
  const chosen = strings[at % Math.max(1, strings.length)];
  return chosen === undefined ? text : text.slice(0, chosen.index) + value + text.slice(chosen.index + chosen[0].length);
}

/** Every value that is not what the wire allows, by name. */
function outOfRange(health: Health): readonly string[] {
  const { nvme, scsi, ata, selfTestLog: tests } = health;
  const temperature = [-100, 200] as const;
  const count = [0, 2 ** 63] as const;
  const minutes = [0, 8_766_000 * 60] as const;
  const bounds: readonly (readonly [string, number | bigint | undefined, readonly [number, number]])[] = [
    ["temperature", health.temperatureCelsius, temperature],
    ["hours", health.powerOnHours, [0, 8_766_000]],
    ["cycles", health.powerCycles, count],
    ["exit status", health.smartctlExitStatus, [0, 255]],
    ["critical warning", nvme?.criticalWarning, [0, 255]],
    ["composite temperature", nvme?.compositeTemperatureCelsius, temperature],
    ["warning temperature", nvme?.warningCompositeTemperatureThresholdCelsius, temperature],
    ["critical temperature", nvme?.criticalCompositeTemperatureThresholdCelsius, temperature],
    ...(nvme?.temperatureSensorsCelsius ?? []).map((sensor) => ["sensor", sensor, temperature] as const),
    ["spare", nvme?.availableSparePercent, [0, 100]],
    ["spare threshold", nvme?.availableSpareThresholdPercent, [0, 100]],
    ["used", nvme?.percentageUsed, [0, 255]],
    ["busy", nvme?.controllerBusyTimeMinutes, minutes],
    ["warning time", nvme?.warningCompositeTemperatureTimeMinutes, minutes],
    ["critical time", nvme?.criticalCompositeTemperatureTimeMinutes, minutes],
    ...[nvme?.dataUnitsRead, nvme?.dataUnitsWritten, nvme?.hostReadCommands, nvme?.hostWriteCommands, nvme?.unsafeShutdowns].map(
      (value) => ["count", value, count] as const,
    ),
    ["media errors", nvme?.mediaAndDataIntegrityErrors, count],
    ["error log", nvme?.errorInformationLogEntries, count],
    ["grown defects", scsi?.grownDefectList, count],
    ["endurance", scsi?.percentageUsedEnduranceIndicator, [0, 255]],
    ["trip", scsi?.tripTemperatureCelsius, temperature],
    ...[scsi?.nonMediumErrors, scsi?.verifyTotalUncorrectedErrors, scsi?.writtenBytes, scsi?.readBytes].map(
      (value) => ["scsi count", value, count] as const,
    ),
    ...[
      nvme?.thermalManagementTemperature1TransitionCount,
      nvme?.thermalManagementTemperature2TransitionCount,
      nvme?.thermalManagementTemperature1TotalSeconds,
      nvme?.thermalManagementTemperature2TotalSeconds,
    ].map((value) => ["thermal", value, [0, 2 ** 32 - 1]] as const),
    ["ata wear", ata?.percentageUsed, [0, 255]],
    ...Object.entries(ata ?? {}).flatMap(([name, value]) =>
      typeof value === "bigint" ? [[`ata ${name}`, value, count] as const] : [],
    ),
    ["rotation", health.rotationRateRpm, [0, 100_000]],
    ["left of a test", tests?.remainingPercent, [0, 100]],
    ["failed tests", tests?.failedTestCount, [0, 21]],
    ...(tests?.tests ?? []).map((test) => ["hours of a test", test.powerOnHours, [0, 8_766_000]] as const),
    ...healthSamples("x", health).map(({ name, value }) => [name, value, [-100, 2 ** 63 * 512_000]] as const),
    ...(health.ataAttributes ?? []).flatMap((attribute) => [
      ["attribute id", attribute.id, [1, 255]] as const,
      ["value", attribute.normalizedValue, [1, 253]] as const,
      ["worst", attribute.worstValue, [1, 253]] as const,
      ["threshold", attribute.threshold, [0, 255]] as const,
      ["raw", attribute.rawValue, [0, 2 ** 56]] as const,
    ]),
  ];
  const lengths: readonly (readonly [string, string | undefined, number])[] = [
    ["protocol", health.protocol, 16],
    ["model", health.modelName, 256],
    ["serial", health.serialNumber, 256],
    ["firmware", health.firmwareVersion, 64],
    ["family", health.modelFamily, 256],
    ["form", health.formFactor, 64],
    ...(health.knownTrouble ?? []).map((sentence) => ["advice", sentence, 512] as const),
    ...(tests?.tests ?? []).flatMap(({ type, text }) => [["test", type, 64] as const, ["test text", text, 256] as const]),
    ...(health.messages ?? []).map((message) => ["message", message, 1024] as const),
    ...(health.ataAttributes ?? []).flatMap(({ name, rawText, whenFailed }) => [
      ["attribute name", name, 64] as const,
      ["raw text", rawText, 128] as const,
      ["when failed", whenFailed, 16] as const,
    ]),
  ];
  return [
    ...bounds.filter(([, value, [minimum, maximum]]) => value !== undefined && !(value >= minimum && value <= maximum)),
    ...lengths.filter(
      ([, text = "", maximum]) => Buffer.byteLength(text) > maximum || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text),
    ),
    ...((health.messages?.length ?? 0) > 16 ? [["messages"]] : []),
    ...((tests?.tests?.length ?? 0) > 21 ? [["tests"]] : []),
    ...((health.knownTrouble?.length ?? 0) > 8 ? [["advice"]] : []),
    ...((nvme?.temperatureSensorsCelsius?.length ?? 0) > 8 ? [["sensors"]] : []),
    ...((health.ataAttributes?.length ?? 0) > 256 ? [["attributes"]] : []),
  ].map(([name]) => name ?? "");
}
