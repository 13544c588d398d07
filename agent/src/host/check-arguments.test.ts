import { describe, expect, it } from "vitest";
import { checkArguments } from "./check-arguments.ts";
import { type CommandRule, commands, statFormat } from "./commands.ts";

const health = ["--info", "--health", "--attributes"];
const asleep = ["-n", "standby,3"];
const scsiLogs = ["--log=error", "--log=selftest", "--log=ssd"];

describe("feature 89: a fixed table of commands with a schema for their arguments", () => {
  it.each([
    {
      disk: "an NVMe controller",
      args: ["--json=co", ...health, "--capabilities", "--log=selftest", "-d", "nvme", "/dev/nvme0"],
    },
    {
      disk: "a SATA disk",
      args: ["--json=c", ...health, "--capabilities", ...asleep, "--log=selftest", "--log=devstat", "-d", "sat", "/dev/sda"],
    },
    { disk: "a SAS disk", args: ["--json=co", ...health, ...asleep, ...scsiLogs, "-d", "scsi", "/dev/sdab"] },
    { disk: "a disk behind a USB bridge", args: ["--json=c", ...health, ...asleep, "/dev/sdc"] },
    { disk: "a disk behind a USB bridge of a type", args: ["--json=c", ...health, ...asleep, "-d", "sntrealtek", "/dev/sdc"] },
    {
      disk: "a disk behind a controller",
      args: ["--json=co", ...health, ...asleep, ...scsiLogs, "-d", "megaraid,12", "/dev/bus/0"],
    },
  ])("lets smartctl ask $disk", ({ args }) => {
    expect(() => checkArguments("smartctl", commands.smartctl, args)).not.toThrow();
  });

  it("lets smartctl list devices, and open none of them", () => {
    expect(() => checkArguments("smartctl", commands.smartctl, ["--scan", "--json=c"])).not.toThrow();
    expect(() => checkArguments("smartctl", commands.smartctl, ["--scan-open", "--json=c"])).toThrow();
  });

  it("has no form of smartctl that asks an sd disk, or one behind a controller, and may wake it", () => {
    const forms = commands.smartctl.forms.filter(({ operand }) => operand?.test("/dev/sda") || operand?.test("/dev/bus/0"));

    expect(forms.length).toBe(4);
    for (const { required } of forms) expect(required.join(" ")).toContain("-n standby,3");
  });

  it.each([
    { why: "a test would be started", args: ["--json=c", ...health, "-n", "standby,3", "--test=long", "/dev/sda"] },
    { why: "a setting would be changed", args: ["--json=c", ...health, "-n", "standby,3", "-s", "standby,now", "/dev/sda"] },
    { why: "a disk would be woken", args: ["--json=c", ...health, "/dev/sda"] },
    { why: "the output is not JSON", args: ["--info", "--health", "--attributes", "-n", "standby,3", "/dev/sda"] },
    { why: "there is no device", args: ["--json=c", ...health, "-n", "standby,3"] },
    { why: "there are two devices", args: ["--json=c", ...health, "-n", "standby,3", "/dev/sda", "/dev/sdb"] },
    { why: "it is no device", args: ["--json=c", ...health, "-n", "standby,3", "/etc/shadow"] },
    { why: "it leads out of /dev", args: ["--json=c", ...health, "-n", "standby,3", "/dev/../etc/shadow"] },
    { why: "the device hides an option", args: ["--json=c", ...health, "-n", "standby,3", "-B/etc/shadow"] },
    { why: "a database would be read", args: ["--json=c", ...health, "-n", "standby,3", "-B", "/etc/shadow", "/dev/sda"] },
    { why: "the type writes to the disk to choose it", args: ["--json=c", ...health, ...asleep, "-d", "jmb39x,0", "/dev/sda"] },
    {
      why: "a controller's member is asked of a disk",
      args: ["--json=co", ...health, ...asleep, ...scsiLogs, "-d", "megaraid,1", "/dev/sda"],
    },
    {
      why: "a type hides another option",
      args: ["--json=co", ...health, ...asleep, ...scsiLogs, "-d", "megaraid,1 --test=long", "/dev/bus/0"],
    },
    { why: "the type is unknown", args: ["--json=c", ...health, "-n", "standby,3", "-d", "test", "/dev/sda"] },
    { why: "an argument comes twice", args: ["--json=c", ...health, ...health, "-n", "standby,3", "/dev/sda"] },
    { why: "the device ends in a newline", args: ["--json=c", ...health, "-n", "standby,3", "/dev/sda\n"] },
    { why: "an inherited name is no option", args: ["--json=c", ...health, "-n", "standby,3", "constructor", "x", "/dev/sda"] },
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
