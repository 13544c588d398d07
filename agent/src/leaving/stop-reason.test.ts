import { GoodbyeReason } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import type { Host } from "../host/host.ts";
import { createFakeHost } from "../test-support/fake-host.ts";
import { createSilentLogger } from "../test-support/silent-logger.ts";
import { findStopReason, parseJobs, parsePlan } from "./stop-reason.ts";

const clock = new FakeClock();
const nowMs = clock.wallMs();
const planFile = "/run/systemd/shutdown/scheduled";

function plan(atMs: number, mode: string): string {
  return `USEC=${atMs * 1000}\nWARN_WALL=1\nMODE=${mode}\n`;
}

async function find(host: Host): Promise<GoodbyeReason> {
  return findStopReason(host, createSilentLogger(), new AbortController().signal);
}

describe("parseJobs", () => {
  it.each([
    { jobs: " 1302 reboot.target start waiting\n 1310 nodekeeper-agent.service stop running\n", reason: GoodbyeReason.REBOOT },
    { jobs: "12 kexec.target start waiting", reason: GoodbyeReason.REBOOT },
    { jobs: "7 poweroff.target start waiting", reason: GoodbyeReason.SHUTDOWN },
    { jobs: "7 halt.target start waiting", reason: GoodbyeReason.SHUTDOWN },
    { jobs: "7 nodekeeper-agent.service restart waiting", reason: undefined },
    { jobs: "7 reboot.target stop waiting", reason: undefined },
    { jobs: "7 reboot.service start waiting", reason: undefined },
    { jobs: "No jobs running.\n", reason: undefined },
    { jobs: "", reason: undefined },
  ])("finds $reason in $jobs", ({ jobs, reason }) => {
    expect(parseJobs(jobs)).toBe(reason);
  });
});

describe("parsePlan", () => {
  it("takes a plan whose time has come, and none for later", () => {
    expect(parsePlan(plan(nowMs, "reboot"), nowMs)).toBe(GoodbyeReason.REBOOT);
    expect(parsePlan(plan(nowMs - 60_000, "poweroff"), nowMs)).toBe(GoodbyeReason.SHUTDOWN);
    expect(parsePlan(plan(nowMs + 3_600_000, "reboot"), nowMs)).toBeUndefined();
    expect(parsePlan("MODE=reboot\n", nowMs)).toBeUndefined();
    expect(parsePlan("", nowMs)).toBeUndefined();
  });
});

describe("findStopReason", () => {
  const failing: Host["run"] = async () => {
    throw new AppError("HOST_COMMAND_MISSING", "systemctl is not installed");
  };

  it("asks no systemd on a machine that another program has booted", async () => {
    const run: Host["run"] = async () => ({ exitCode: 0, stdout: "1 poweroff.target start waiting\n", stderr: "" });

    expect(await find({ ...createFakeHost(clock), run })).toBe(GoodbyeReason.STOPPED);
  });

  it("believes what systemd does before what was planned", async () => {
    const run: Host["run"] = async () => ({ exitCode: 0, stdout: "1 poweroff.target start waiting\n", stderr: "" });

    const list = async (): Promise<readonly string[]> => [];

    expect(await find({ ...createFakeHost(clock, { [planFile]: plan(nowMs, "reboot") }), run, list })).toBe(
      GoodbyeReason.SHUTDOWN,
    );
  });

  it("looks at the plan where systemd cannot be asked", async () => {
    const files = { [planFile]: plan(nowMs, "reboot") };

    expect(await find({ ...createFakeHost(clock, files), run: failing })).toBe(GoodbyeReason.REBOOT);
  });

  it("asks no systemd from a container, which would be asked of nobody", async () => {
    const run: Host["run"] = async () => {
      throw new Error("it was asked");
    };

    expect(await find({ ...createFakeHost(clock, { [planFile]: plan(nowMs, "reboot") }, "/host"), run })).toBe(
      GoodbyeReason.REBOOT,
    );
  });

  it("is just a stop where nothing is found", async () => {
    expect(await find({ ...createFakeHost(clock), run: failing })).toBe(GoodbyeReason.STOPPED);
  });
});
