import { create } from "@bufbuild/protobuf";
import { HealthStatus, Outcome, PowerState, SubjectSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import type { SubjectView } from "./node-view.ts";
import { subjectBody, subjectKinds } from "./subject-body.ts";

const observedAtMs = Date.UTC(2026, 0, 1);

function aSubject(changes: Partial<SubjectView>): SubjectView {
  return {
    kind: "disk_health",
    id: "eui.1",
    probe: "smart",
    outcome: Outcome.OK,
    failure: undefined,
    observedAtMs,
    absentSinceMs: undefined,
    freshness: "fresh",
    value: undefined,
    readAtMs: undefined,
    samples: new Map(),
    samplesAtMs: undefined,
    previousSamples: undefined,
    previousSamplesAtMs: undefined,
    ...changes,
  };
}

describe("subjectBody", () => {
  it("shows the facts under the names of the wire in camelCase, with words for enums and numbers for 64-bit fields", () => {
    const { value } = create(SubjectSchema, {
      value: {
        case: "diskHealth",
        value: {
          device: "/dev/nvme0",
          status: HealthStatus.PASSED,
          powerState: PowerState.UNSPECIFIED,
          nvme: { dataUnitsWritten: 12n, hostReadCommands: 2n ** 60n, criticalWarning: 0 },
        },
      },
    });

    expect(subjectBody(aSubject({ value, readAtMs: observedAtMs - 60_000 }))).toEqual({
      kind: "disk_health",
      id: "eui.1",
      probe: "smart",
      outcome: "ok",
      freshness: "fresh",
      observedAt: "2026-01-01T00:00:00.000Z",
      readAt: "2025-12-31T23:59:00.000Z",
      value: {
        device: "/dev/nvme0",
        status: "passed",
        nvme: {
          criticalWarning: 0,
          dataUnitsWritten: 12,
          hostReadCommands: "1152921504606846976",
        },
      },
      samples: {},
    });
  });

  it("says why reading failed beside the last good value", () => {
    const failure = { $typeName: "nodekeeper.v1.Failure" as const, code: "HOST_READ_FAILED", message: "EIO" };
    const body = subjectBody(aSubject({ outcome: Outcome.FAILED, failure, freshness: "stale" }));

    expect(body).toMatchObject({
      outcome: "failed",
      failure: { code: "HOST_READ_FAILED", message: "EIO" },
      freshness: "stale",
    });
    expect(body).not.toHaveProperty("value");
    expect(body).not.toHaveProperty("readAt");
  });

  it("leaves out samples that are not numbers", () => {
    const samples = new Map([
      ["temperature_celsius", 41],
      ["percentage_used", Number.NaN],
    ]);

    expect(subjectBody(aSubject({ samples })).samples).toEqual({ temperature_celsius: 41 });
  });

  it("knows every kind by the wire's own name", () => {
    expect(subjectKinds).toContain("block_device");
    expect(subjectKinds).toContain("time_sync");
    expect(subjectKinds).toHaveLength(SubjectSchema.oneofs[0]?.fields.length ?? 0);
  });
});
