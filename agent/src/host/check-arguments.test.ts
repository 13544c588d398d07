import { describe, expect, it } from "vitest";
import { checkArguments } from "./check-arguments.ts";
import { type CommandRule, commands, statFormat } from "./commands.ts";

const health = ["--json=c", "--info", "--health", "--attributes"];

describe("checkArguments", () => {
  it.each([
    { disk: "an NVMe controller", args: [...health, "--capabilities", "-d", "nvme", "/dev/nvme0"] },
    { disk: "a SATA disk", args: [...health, "-n", "standby,3", "-d", "sat", "/dev/sda"] },
    { disk: "a SAS disk", args: [...health, "-n", "standby,3", "--log=error", "--log=ssd", "-d", "scsi", "/dev/sdab"] },
    { disk: "a disk behind a USB bridge", args: [...health, "-n", "standby,3", "/dev/sdc"] },
  ])("lets smartctl ask $disk", ({ args }) => {
    expect(() => checkArguments("smartctl", commands.smartctl, args)).not.toThrow();
  });

  it.each([
    { why: "a test would be started", args: [...health, "-n", "standby,3", "--test=long", "/dev/sda"] },
    { why: "a setting would be changed", args: [...health, "-n", "standby,3", "-s", "standby,now", "/dev/sda"] },
    { why: "a disk would be woken", args: [...health, "/dev/sda"] },
    { why: "the output is not JSON", args: ["--info", "--health", "--attributes", "-n", "standby,3", "/dev/sda"] },
    { why: "there is no device", args: [...health, "-n", "standby,3"] },
    { why: "there are two devices", args: [...health, "-n", "standby,3", "/dev/sda", "/dev/sdb"] },
    { why: "it is no device", args: [...health, "-n", "standby,3", "/etc/shadow"] },
    { why: "it leads out of /dev", args: [...health, "-n", "standby,3", "/dev/../etc/shadow"] },
    { why: "the device hides an option", args: [...health, "-n", "standby,3", "-B/etc/shadow"] },
    { why: "a database would be read", args: [...health, "-n", "standby,3", "-B", "/etc/shadow", "/dev/sda"] },
    { why: "the type is unknown", args: [...health, "-n", "standby,3", "-d", "test", "/dev/sda"] },
    { why: "an argument comes twice", args: [...health, ...health, "-n", "standby,3", "/dev/sda"] },
    { why: "the device ends in a newline", args: [...health, "-n", "standby,3", "/dev/sda\n"] },
    { why: "an inherited name is no option", args: [...health, "-n", "standby,3", "constructor", "x", "/dev/sda"] },
    { why: "there is nothing", args: [] },
  ])("refuses smartctl when $why", ({ args }) => {
    expect(() => checkArguments("smartctl", commands.smartctl, args)).toThrow(/^smartctl may not be run with the arguments \[/);
  });

  it("lets stat measure one absolute path and nothing else", () => {
    const check =
      (...args: readonly string[]) =>
      () =>
        checkArguments("stat", commands.stat, args);

    expect(check("-f", "-c", statFormat, "/mnt/a b/-c")).not.toThrow();
    expect(check("-f", "-c", "%n", "/mnt")).toThrow();
    expect(check("-f", "-c", "/mnt")).toThrow();
    expect(check("-f", "-c", statFormat, "mnt")).toThrow();
    expect(check("-c", statFormat, "/mnt")).toThrow();
  });

  it("takes optional arguments once, and knows a form without an operand", () => {
    const rule: CommandRule = { paths: [], forms: [{ required: ["--list"], allowed: ["--long"], options: {} }] };

    expect(() => checkArguments("x", rule, ["--list"])).not.toThrow();
    expect(() => checkArguments("x", rule, ["--long", "--list"])).not.toThrow();
    expect(() => checkArguments("x", rule, ["--long", "--list", "--long"])).toThrow();
    expect(() => checkArguments("x", rule, ["--long"])).toThrow();
  });
});
