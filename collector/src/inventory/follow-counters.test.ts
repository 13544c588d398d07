import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { DiskHealthSchema } from "@nodekeeper/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CounterTrack, DiskCounters } from "../state/node-inventory.ts";
import { countedInAll, followCounter, followCounters, rebaseCounter } from "./follow-counters.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A counter after values, each so many hours after the start. */
function follow(...readings: readonly (readonly [number, number])[]): CounterTrack | undefined {
  let track: CounterTrack | undefined;
  for (const [hours, value] of readings) track = followCounter(track, value, hours * hourMs);
  return track;
}

function read(
  before: DiskCounters | undefined,
  health: MessageInitShape<typeof DiskHealthSchema>,
  atMs = 0,
): DiskCounters | undefined {
  return followCounters(before, create(DiskHealthSchema, { serialNumber: "S1", ...health }), atMs);
}

describe("feature 32: counters against a baseline, one counter", () => {
  it("takes the first value for the baseline, and equal ones for nothing new", () => {
    const track = follow([0, 3]);

    expect(track).toEqual({ baseline: 3, baselineAtMs: 0, value: 3 });
    expect(track && followCounter(track, 3, dayMs)).toBe(track);
  });

  it("tells when it grew last, by how much, and from where", () => {
    expect(follow([0, 3], [5, 4], [9, 6])).toEqual({
      baseline: 3,
      baselineAtMs: 0,
      value: 6,
      growth: {
        before: 3,
        sinceMs: 5 * hourMs,
        atMs: 9 * hourMs,
        by: 2,
        recent: [
          [5 * hourMs, 1],
          [9 * hourMs, 2],
        ],
        mostPerDay: 3,
      },
    });
  });

  it("takes a fall that is read twice, as after a firmware update, for a new baseline without growth", () => {
    expect(follow([0, 3], [1, 9], [2, 0], [3, 0])).toEqual({ baseline: 0, baselineAtMs: 2 * hourMs, value: 0, lost: 9 });
  });

  it("counts what came between the two readings of a counter that was set back", () => {
    expect(follow([0, 9], [1, 0], [2, 2])).toMatchObject({ baseline: 0, value: 2, lost: 9, growth: { before: 0, by: 2 } });
    expect(follow([0, 9], [1, 5], [2, 3])).toEqual({ baseline: 3, baselineAtMs: hourMs, value: 3, lost: 6 });
  });

  it("does not take a disk that answers 0 once and then its old number for one whose errors grow", () => {
    expect(follow([0, 9], [1, 0], [2, 9])).toEqual(follow([0, 9]));
    expect(follow([0, 9], [1, 0], [2, 10])).toMatchObject({ baseline: 9, value: 10, growth: { before: 9, by: 1 } });
  });

  it("does not believe a fall for being told the same reading twice", () => {
    expect(follow([0, 9], [1, 0], [1, 0])).toMatchObject({ value: 9, fallen: { value: 0, atMs: hourMs } });
  });

  it("begins anew after a week without an increase, and keeps the baseline", () => {
    expect(follow([0, 3], [1, 4], [1 + 7 * 24, 5])).toMatchObject({ baseline: 3, growth: { before: 4, by: 1, mostPerDay: 1 } });
  });

  it("remembers the worst day, and not more increases than a day's worth of them", () => {
    const burst = Array.from({ length: 200 }, (_, index): [number, number] => [1 + index / 100, index + 1]);
    const track = follow([0, 0], ...burst, [60, 201]);

    expect(track?.growth).toMatchObject({ mostPerDay: 200, by: 1, recent: [[60 * hourMs, 1]] });
    expect(follow([0, 0], ...burst)?.growth?.recent.length).toBeLessThanOrEqual(32);
  });

  it("may get its baseline anew, so that only what comes after counts", () => {
    const accepted = rebaseCounter({ ...follow([0, 3], [1, 4]) } as CounterTrack, 2 * hourMs);

    expect(accepted).toEqual({ baseline: 4, baselineAtMs: 2 * hourMs, value: 4 });
    expect(followCounter(accepted, 5, 3 * hourMs)).toMatchObject({ baseline: 4, growth: { before: 4, by: 1 } });
  });
});

describe("feature 32: whatever a counter answers", () => {
  const values = fc.array(fc.nat(50), { minLength: 1, maxLength: 40 });
  const readings = (list: readonly number[]) => list.map((value, hours): [number, number] => [hours, value]);
  /** What is judged, without what is waited for. */
  const judged = (track: CounterTrack | undefined) => {
    const { fallen: _, ...rest } = track ?? { baseline: 0, baselineAtMs: 0, value: 0 };
    return rest;
  };

  it("never counts less in all than before, and what it brought along plus every increase that it saw", () => {
    fc.assert(
      fc.property(values, (list) => {
        let track: CounterTrack | undefined;
        let counted = 0;
        for (const [hours, value] of readings(list)) {
          track = followCounter(track, value, hours * hourMs);
          expect(countedInAll(track)).toBeGreaterThanOrEqual(counted);
          counted = countedInAll(track);
        }
      }),
    );
  });

  it("ends as if it had not been asked, where one reading is too low by itself", () => {
    const growing = values.map((list) => [...list].sort((a, b) => a - b));
    fc.assert(
      fc.property(growing, fc.nat(), fc.nat(49), (list, index, low) => {
        const at = index % list.length;
        const last = list[at] ?? 0;
        const whole = readings(list).map(([hours, value]): [number, number] => [2 * hours, value]);
        const glitch: [number, number] = [2 * at + 1, Math.min(low, Math.max(0, last - 1))];
        const odd = [...whole.slice(0, at + 1), glitch, ...whole.slice(at + 1)];
        expect(judged(follow(...odd))).toEqual(judged(follow(...whole)));
      }),
    );
  });

  it("loses no reset that lasts: two readings on, it stands where the disk stands", () => {
    fc.assert(
      fc.property(values, fc.nat(50), (list, value) => {
        const track = follow(...readings([...list, value, value]));
        expect(track).toMatchObject({ value });
        expect(track?.fallen).toBeUndefined();
      }),
    );
  });
});

describe("feature 32: counters against a baseline, of a disk", () => {
  it("follows the counters of NVMe, ATA and SCSI disks", () => {
    const nvme = read(undefined, { nvme: { mediaAndDataIntegrityErrors: 3n, unsafeShutdowns: 20n } });
    const ata = read(undefined, {
      ata: {
        ...{ reallocatedSectorCount: 1n, pendingSectorCount: 2n, offlineUncorrectableSectorCount: 3n },
        ...{ reportedUncorrectableErrors: 4n, commandTimeoutCount: 5n, interfaceCrcErrors: 6n },
      },
    });
    const scsi = read(undefined, {
      scsi: {
        grownDefectList: 7n,
        readTotalUncorrectedErrors: 8n,
        writeTotalUncorrectedErrors: 9n,
        verifyTotalUncorrectedErrors: 1n,
      },
    });

    const values = [nvme, ata, scsi].map((counters) =>
      Object.entries(counters?.tracks ?? {}).map(([name, { value }]) => [name, value]),
    );
    expect(values).toEqual([
      [
        ["media_and_data_integrity_errors", 3],
        ["unsafe_shutdowns", 20],
      ],
      [
        ["reallocated_sector_count", 1],
        ["pending_sector_count", 2],
        ["offline_uncorrectable_sector_count", 3],
        ["reported_uncorrectable_errors", 4],
        ["command_timeout_count", 5],
        ["interface_crc_errors", 6],
      ],
      [
        ["grown_defect_list", 7],
        ["read_total_uncorrected_errors", 8],
        ["write_total_uncorrected_errors", 9],
        ["verify_total_uncorrected_errors", 1],
      ],
    ]);
  });

  it("keeps what is not told now, and gives the same object while nothing changes", () => {
    const before = read(undefined, { nvme: { mediaAndDataIntegrityErrors: 3n } });

    expect(read(before, { nvme: { mediaAndDataIntegrityErrors: 3n } }, dayMs)).toBe(before);
    expect(read(before, { nvme: {} }, dayMs)).toBe(before);
    expect(read(undefined, { nvme: {} })).toBeUndefined();
  });

  it("begins anew for another disk in the same enclosure", () => {
    const before = read(undefined, { nvme: { mediaAndDataIntegrityErrors: 3n } });
    const after = read(before, { serialNumber: "S2", nvme: { mediaAndDataIntegrityErrors: 50n } }, dayMs);

    expect(after).toEqual({
      serialNumber: "S2",
      tracks: { media_and_data_integrity_errors: { baseline: 50, baselineAtMs: dayMs, value: 50 } },
    });
  });

  it("takes no number that is beyond counting", () => {
    expect(read(undefined, { nvme: { mediaAndDataIntegrityErrors: 2n ** 64n - 1n } })).toBeUndefined();
  });
});
