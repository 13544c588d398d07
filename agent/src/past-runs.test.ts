import type { Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createPastRuns } from "./past-runs.ts";
import { absentSubject, completeList, failedSubject, incompleteList, okSubject, type Payload } from "./payload.ts";

const broken = failedSubject("disk_health", "usb", new AppError("HOST_COMMAND_TIMEOUT", "no answer"));
const read = okSubject("disk_health", "usb", { device: "/dev/sdb" });
const nothing: ReadonlySet<string> = new Set();

function payload(subjects: readonly Subject[], more: Partial<Payload> = {}): Payload {
  return { subjects, lists: [completeList("disk_health")], samples: [], ...more };
}

describe("createPastRuns", () => {
  it("tells of a try that failed, with its time, until one does not", () => {
    const runs = createPastRuns();
    runs.note(payload([broken]), 1_000);

    const failure = runs.past(nothing).failureOf("disk_health", "usb");

    expect(failure).toMatchObject({ atMs: 1_000, error: { code: "HOST_COMMAND_TIMEOUT", message: "no answer" } });
    runs.note(payload([read]), 2_000);
    expect(runs.past(nothing).failureOf("disk_health", "usb")).toBeUndefined();
    runs.note(payload([broken]), 3_000);
    runs.note(payload([absentSubject("disk_health", "usb")]), 4_000);
    expect(runs.past(nothing).failureOf("disk_health", "usb")).toBeUndefined();
  });

  it("does not take what is only said again for another try", () => {
    const runs = createPastRuns();
    runs.note(payload([broken]), 1_000);

    runs.note(payload([broken], { carried: [{ kind: "disk_health", id: "usb" }] }), 2_000);

    expect(runs.past(nothing).failureOf("disk_health", "usb")?.atMs).toBe(1_000);
  });

  it("keeps a reading over failures, and forgets only what a complete list lacks", () => {
    const runs = createPastRuns();
    runs.note(payload([read]), 1_000);
    runs.note(payload([broken]), 2_000);
    runs.note(payload([], { lists: [incompleteList("disk_health", new AppError("HOST_READ_FAILED", "cannot list"))] }), 3_000);
    expect(runs.past(nothing).readings("disk_health")).toEqual([read]);
    expect(runs.past(nothing).readings("block_device")).toEqual([]);

    runs.note(payload([]), 4_000);

    expect(runs.past(nothing).readings("disk_health")).toEqual([]);
    expect(runs.past(nothing).failureOf("disk_health", "usb")).toBeUndefined();
  });

  it("takes a code that it does not know for an internal error", () => {
    const runs = createPastRuns();
    runs.note(payload([{ ...broken, failure: { ...broken.failure, code: "toString", message: "?" } } as Subject]), 1);

    expect(runs.past(nothing).failureOf("disk_health", "usb")?.error).toMatchObject({ code: "INTERNAL", message: "?" });
  });

  it("hands on what the kernel complained about", () => {
    expect(createPastRuns().past(new Set(["sda"])).faulty).toEqual(new Set(["sda"]));
  });
});
