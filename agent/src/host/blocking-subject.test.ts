import { describe, expect, it } from "vitest";
import { blockingSubject } from "./blocking-subject.ts";

describe("blockingSubject", () => {
  it("is a mount by itself, and the folder of a file", () => {
    expect(blockingSubject("measure", "/mnt/longhorn")).toBe("/mnt/longhorn");
    expect(blockingSubject("read", "/sys/class/hwmon/hwmon0/temp1_input")).toBe("/sys/class/hwmon/hwmon0");
    expect(blockingSubject("list", "/var/lib/longhorn")).toBe("/var/lib");
  });

  it("is one for all GPUs of NVIDIA's driver, so that a driver that hangs takes one thread and no more", () => {
    const subjects = [
      "gpus/0000:01:00.0/power",
      "gpus/0000:02:00.0/power",
      "gpus/0000:03:00.0/information",
      "gpus",
      "version",
    ].map((name) => blockingSubject("read", `/proc/driver/nvidia/${name}`));

    expect(new Set(subjects)).toEqual(new Set(["/proc/driver/nvidia"]));
    expect(blockingSubject("list", "/proc/driver/nvidia")).toBe("/proc/driver");
  });
});
