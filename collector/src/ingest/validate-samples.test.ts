import { create } from "@bufbuild/protobuf";
import { Outcome, SampleKeySchema, type Subject, SubjectSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { ProblemCollector } from "./problem.ts";
import { sampleRange } from "./ranges/samples.ts";
import { layoutOfChecked, validateSampleKeys, validateSampleValues } from "./validate-samples.ts";

const sda: Subject = create(SubjectSchema, { kind: "block_device", id: "sda", outcome: Outcome.OK });
const subjects = new Map([["block_device/sda", sda]]);

function keys(...names: readonly string[]) {
  return names.map((name) => create(SampleKeySchema, { kind: "block_device", id: "sda", name }));
}

describe("validateSampleKeys", () => {
  it("takes each name once, and none that belongs to nothing or is no name", () => {
    const problems = new ProblemCollector();
    const stray = create(SampleKeySchema, { kind: "block_device", id: "sdz", name: "read_bytes_total" });

    const layout = validateSampleKeys([...keys("a_total", "Bad Name", "a_total"), stray, ...keys("b_total")], subjects, problems);

    expect(layout.keys.map((key) => key.name)).toEqual(["a_total", "b_total"]);
    expect(layout.positions).toEqual([0, 4]);
    expect(layout.sentCount).toBe(5);
    expect(problems.problems.map((problem) => problem.text)).toEqual([
      "sample 1: its name is not of the form used_bytes",
      "sample 2: block_device/sda/a_total is there twice; the first is taken",
      "sample 3: it belongs to no subject that was taken",
    ]);
  });
});

describe("validateSampleValues", () => {
  it("picks the values of the keys that were taken, by the places where they were sent", () => {
    const layout = validateSampleKeys(keys("a_total", "Bad Name", "b_total"), subjects, new ProblemCollector());

    expect(validateSampleValues(layout, [1, 2, 3], new ProblemCollector())).toEqual([1, 3]);
  });

  it("says nothing of values whose number does not fit", () => {
    expect(validateSampleValues(layoutOfChecked(keys("a_total")), [1, 2], new ProblemCollector())).toBeUndefined();
  });

  it("makes what cannot be unknown, and leaves unknown what is", () => {
    const problems = new ProblemCollector();
    const layout = layoutOfChecked(keys("used_percent", "used_bytes", "is_alarm", "temperature_celsius"));

    const values = validateSampleValues(layout, [100.5, Number.POSITIVE_INFINITY, Number.NaN, -40], problems);

    expect(values).toEqual([Number.NaN, Number.NaN, Number.NaN, -40]);
    expect(problems.problems.map((problem) => problem.text)).toEqual([
      "block_device/sda: used_percent: 100.5 is not within 0 and 100",
      "block_device/sda: used_bytes: Infinity is not within 0 and 1152921504606847000",
    ]);
  });
});

describe("sampleRange", () => {
  it.each([
    { name: "percentage_used", minimum: 0, maximum: 255 },
    { name: "offset_seconds", minimum: -1e11, maximum: 1e11 },
    { name: "some_avg10_percent", minimum: 0, maximum: 100 },
    { name: "temperature_celsius", minimum: -100, maximum: 200 },
    { name: "read_bytes_total", minimum: 0, maximum: 2 ** 64 },
    { name: "available_bytes", minimum: 0, maximum: 2 ** 60 },
    { name: "voltage_volts", minimum: -10_000, maximum: 10_000 },
    { name: "is_alarm", minimum: 0, maximum: 1 },
    { name: "load_average_1m", minimum: 0, maximum: 2 ** 64 },
  ])("knows what $name may be", ({ name, minimum, maximum }) => {
    expect(sampleRange(name)).toEqual({ minimum, maximum });
  });
});
