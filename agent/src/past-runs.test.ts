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

  it("keeps the numbers of a reading as long as the reading, over runs that only carry it or fail", () => {
    const runs = createPastRuns();
    const sample = { kind: "disk_health", id: "usb", name: "temperature_celsius", value: 31 } as const;
    runs.note(payload([read], { samples: [sample] }), 1_000);
    runs.note(payload([read], { carried: [{ kind: "disk_health", id: "usb" }] }), 2_000);
    runs.note(payload([broken]), 3_000);
    expect(runs.past(nothing).sample("disk_health", "usb", "temperature_celsius")).toBe(31);
    expect(runs.past(nothing).sample("disk_health", "usb", "written_bytes_total")).toBeUndefined();

    runs.note(payload([read]), 4_000);

    expect(runs.past(nothing).sample("disk_health", "usb", "temperature_celsius")).toBeUndefined();
  });

  it("takes a code that it does not know for an internal error", () => {
    const runs = createPastRuns();
    runs.note(payload([{ ...broken, failure: { ...broken.failure, code: "toString", message: "?" } } as Subject]), 1);

    expect(runs.past(nothing).failureOf("disk_health", "usb")?.error).toMatchObject({ code: "INTERNAL", message: "?" });
  });

  it("hands on what the kernel complained about", () => {
    expect(createPastRuns().past(new Set(["sda"])).faulty).toEqual(new Set(["sda"]));
  });

  it("remembers a bounded number of subjects of a list that is never whole, the newest", () => {
    const runs = createPastRuns();
    const lists = [incompleteList("tailscale_peer", new AppError("HOST_OUTPUT_TOO_LARGE", "more"))];
    for (let index = 0; index < 4_200; index++) {
      const subjects = [okSubject("tailscale_peer", "kept", {}), okSubject("tailscale_peer", `n${index}`, {})];
      runs.note(payload(subjects, { lists }), index);
    }

    const ids = runs
      .past(nothing)
      .readings("tailscale_peer")
      .map(({ id }) => id);

    expect(ids).toHaveLength(4_096);
    expect(ids.slice(-2)).toEqual(["kept", "n4199"]);
  });
});
