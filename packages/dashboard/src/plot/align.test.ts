import type { HistorySeries } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { alignSeries, combineSeries } from "./align.ts";

function series(id: string, name: string, at: number[], average: (number | null)[]): HistorySeries {
  return { kind: "filesystem", id, name, isRate: false, at, average };
}

describe("alignSeries", () => {
  it("puts series with other times onto one axis, with gaps where one has no value", () => {
    const aligned = alignSeries(
      [series("/", "used", [1, 3], [10, 30]), series("/home", "used", [2, 3], [20, null])],
      (one) => one.id,
    );

    expect(aligned).toEqual({
      at: [1, 2, 3],
      lines: [
        { label: "/", values: [10, null, 30] },
        { label: "/home", values: [null, 20, null] },
      ],
    });
  });

  it("gives an empty axis for no series", () => {
    expect(alignSeries([], (one) => one.id)).toEqual({ at: [], lines: [] });
  });
});

describe("combineSeries", () => {
  it("computes time by time within one subject, and leaves a gap where a part is unknown", () => {
    const all = [
      series("/", "used", [1, 2, 3], [30, 40, 50]),
      series("/", "available", [1, 2], [70, null]),
      series("/x", "used", [1], [1]),
    ];

    const [share, ...rest] = combineSeries(
      all,
      ["used", "available"],
      (used, available) => (100 * (used ?? 0)) / ((used ?? 0) + (available ?? 0)),
    );

    expect(share).toMatchObject({ id: "/", at: [1, 2, 3], average: [30, null, null] });
    expect(rest).toEqual([]);
  });
});
