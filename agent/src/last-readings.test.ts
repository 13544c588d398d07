import { Outcome, PowerState, type Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createLastReadings } from "./last-readings.ts";
import { absentSubject, completeList, failedSubject, incompleteList, okSubject, type Payload } from "./payload.ts";

const asleep = okSubject("disk_health", "naa.1", { device: "/dev/sda", powerState: PowerState.STANDBY });
const awake = okSubject("disk_health", "naa.1", {
  device: "/dev/sdb",
  modelName: "WDC WD40EFRX",
  powerState: PowerState.ACTIVE,
  temperatureCelsius: 31,
  powerOnHours: 1234n,
  ataAttributes: [{ id: 194, name: "Temperature_Celsius" }],
});
const lost = new AppError("HOST_READ_FAILED", "cannot list");

function payload(subjects: readonly Subject[], carriedIds: readonly string[] = []): Payload {
  const carried = carriedIds.map((id) => ({ kind: "disk_health", id }) as const);
  return { subjects, lists: [completeList("disk_health")], samples: [], carried };
}

describe("createLastReadings", () => {
  it("completes a carried subject by what was read before, with the time of that reading", () => {
    const readings = createLastReadings();
    readings.complete(payload([awake]), 1_000);

    const completed = readings.complete(payload([asleep], ["naa.1"]), 2_000);

    expect(completed.subjects[0]?.readAtUnixMs).toBe(1_000n);
    expect(completed.subjects[0]?.value).toMatchObject({
      case: "diskHealth",
      value: {
        device: "/dev/sda",
        powerState: PowerState.STANDBY,
        modelName: "WDC WD40EFRX",
        temperatureCelsius: 31,
        powerOnHours: 1234n,
        ataAttributes: [{ id: 194, name: "Temperature_Celsius" }],
      },
    });
  });

  it("says again that what a machine has once was not there", () => {
    const readings = createLastReadings();
    const carried = [{ kind: "board", id: "" }] as const;
    readings.complete({ subjects: [absentSubject("board", "")], lists: [], samples: [] }, 1_000);

    const completed = readings.complete({ subjects: [okSubject("board", "", {})], lists: [], samples: [], carried }, 2_000);

    expect(readings.readAt("board", "")).toBe(1_000);
    expect(completed.subjects[0]).toMatchObject({ outcome: Outcome.ABSENT, value: { case: undefined } });
  });

  it("forgets what was absent among several: a reader may have been without its card", () => {
    const readings = createLastReadings();

    readings.complete(payload([absentSubject("disk_health", "naa.1")]), 1_000);

    expect(readings.readAt("disk_health", "naa.1")).toBeUndefined();
  });

  it("keeps the time of the reading however often it is carried", () => {
    const readings = createLastReadings();
    readings.complete(payload([awake]), 1_000);
    readings.complete(payload([asleep], ["naa.1"]), 2_000);

    const completed = readings.complete(payload([asleep], ["naa.1"]), 3_000);

    expect(completed.subjects[0]?.readAtUnixMs).toBe(1_000n);
    expect(readings.readAt("disk_health", "naa.1")).toBe(1_000);
  });

  it("takes a list that was found now for the list, and keeps one that was not looked for", () => {
    const readings = createLastReadings();
    readings.complete(payload([awake]), 1_000);
    const found = okSubject("disk_health", "naa.1", { ataAttributes: [{ id: 5 }] });

    const lists = [found, asleep].map((subject) => readings.complete(payload([subject], ["naa.1"]), 2_000).subjects[0]?.value);

    expect(lists).toMatchObject([
      { value: { ataAttributes: [{ id: 5 }] } },
      { value: { ataAttributes: [{ id: 194, name: "Temperature_Celsius" }] } },
    ]);
  });

  it("leaves a carried subject as it is where nothing was read before", () => {
    const completed = createLastReadings().complete(payload([asleep], ["naa.1"]), 2_000);

    expect(completed.subjects).toEqual([asleep]);
  });

  it("says when a subject was last read, through runs in which it failed", () => {
    const readings = createLastReadings();
    expect(readings.readAt("disk_health", "naa.1")).toBeUndefined();

    readings.complete(payload([awake]), 1_000);
    readings.complete(payload([failedSubject("disk_health", "naa.1", lost)]), 2_000);

    expect(readings.readAt("disk_health", "naa.1")).toBe(1_000);
  });

  it("forgets a subject that a complete list lacks, and no other", () => {
    const readings = createLastReadings();
    readings.complete(payload([awake]), 1_000);

    readings.complete({ subjects: [], lists: [incompleteList("disk_health", lost)], samples: [] }, 2_000);
    expect(readings.readAt("disk_health", "naa.1")).toBe(1_000);
    readings.complete(payload([]), 3_000);
    expect(readings.readAt("disk_health", "naa.1")).toBeUndefined();
  });

  it("completes what an earlier process read, with the time of that reading", () => {
    const earlier = createLastReadings();
    earlier.complete(payload([awake]), 1_000);

    const readings = createLastReadings(earlier.kept());
    const before = readings.readAt("disk_health", "naa.1");
    const completed = readings.complete(payload([asleep], ["naa.1"]), 2_000);

    expect(before).toBeUndefined(); // a disk that is awake is read anew
    expect(completed.subjects[0]?.readAtUnixMs).toBe(1_000n);
    expect(completed.subjects[0]?.value).toMatchObject({ value: { modelName: "WDC WD40EFRX", powerState: PowerState.STANDBY } });
    expect(readings.kept()).toMatchObject([{ id: "naa.1", readAtUnixMs: 1_000n }]);
  });

  it("forgets what an earlier process read of a disk that is gone", () => {
    const earlier = createLastReadings();
    earlier.complete(payload([awake]), 1_000);

    const readings = createLastReadings(earlier.kept());
    readings.complete(payload([]), 2_000);
    const completed = readings.complete(payload([asleep], ["naa.1"]), 3_000);

    expect(completed.subjects[0]).toBe(asleep);
  });
});
