import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { BlockDeviceSchema, BlockDeviceType, DiskHealthSchema, HealthStatus, ObservationSchema, SubjectSchema } from "./index.ts";
import { toPlain } from "./plain.ts";
import { plainSubjectValue } from "./plain-value.ts";

describe("toPlain", () => {
  it("names fields in camelCase, and enums by their word", () => {
    const device = create(BlockDeviceSchema, {
      name: "nvme0n1",
      type: BlockDeviceType.DEVICE_MAPPER,
      sizeBytes: 500_107_862_016n,
    });

    expect(toPlain(BlockDeviceSchema, device)).toEqual({ name: "nvme0n1", type: "device_mapper", sizeBytes: 500_107_862_016 });
  });

  it("leaves out what is unknown, and keeps a measured zero and a measured no", () => {
    const device = create(BlockDeviceSchema, { name: "sda", isRotational: false, sizeBytes: 0n });

    expect(toPlain(BlockDeviceSchema, device)).toEqual({ name: "sda", isRotational: false, sizeBytes: 0 });
  });

  it("writes integers beyond 2^53 as exact decimal strings", () => {
    const health = create(DiskHealthSchema, {
      status: HealthStatus.FAILED,
      ataAttributes: [{ id: 1, rawValue: 13_997_186_748_561_226n }],
    });

    expect(toPlain(DiskHealthSchema, health)).toEqual({
      status: "failed",
      ataAttributes: [{ id: 1, rawValue: "13997186748561226" }],
    });
  });

  it("writes bytes in hex, and an enum value of a newer peer by its number", () => {
    const observation = create(ObservationSchema, { factsHash: new Uint8Array([0xab, 0x01]) });
    const device = create(BlockDeviceSchema, { type: 99 as BlockDeviceType }); // a value that this build does not know

    expect(toPlain(ObservationSchema, observation)).toMatchObject({ factsHash: "ab01" });
    expect(toPlain(BlockDeviceSchema, device)).toEqual({ type: "unknown_99" });
  });

  it("writes lists of messages in order", () => {
    const device = create(BlockDeviceSchema, { partitions: [{ name: "sda1", number: 1 }, { name: "sda2" }], holders: ["dm-0"] });

    expect(toPlain(BlockDeviceSchema, device)).toEqual({
      partitions: [{ name: "sda1", number: 1 }, { name: "sda2" }],
      holders: ["dm-0"],
    });
  });
});

describe("plainSubjectValue", () => {
  it("finds the kind's message by itself", () => {
    const subject = create(SubjectSchema, { kind: "memory", value: { case: "memory", value: { totalBytes: 1024n } } });

    expect(plainSubjectValue(subject.value)).toEqual({ totalBytes: 1024 });
  });

  it("gives nothing for a subject without a value", () => {
    expect(plainSubjectValue(create(SubjectSchema, { kind: "memory" }).value)).toBeUndefined();
  });
});
